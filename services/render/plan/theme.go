package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Palettes are the names that a theme's palette can have.
func Palettes() []string { return []string{"midnight", "lagoon", "violet", "ember", "ocean"} }

// Styles are the names that a theme's style can have; the first is the default.
func Styles() []string { return []string{"modern", "classic", "minimal", "corporate", "bold"} }

// styleOf reads a style's name.
func styleOf(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return Styles()[0], nil
	}
	for _, style := range Styles() {
		if name == style {
			return style, nil
		}
	}
	return "", unrenderable("style", fmt.Sprintf("is %q; it must be %s", name, strings.Join(Styles(), ", ")))
}

// theme chooses a palette by seed, so that the videos of one sheet look related but not alike.
func theme(style string, idea *ingestv1.Idea) *storyboardv1.Theme {
	seed := seedOf(idea.GetRowKey(), idea.GetTitle(), idea.GetScript(), idea.GetDescription())
	palettes := Palettes()
	return &storyboardv1.Theme{Style: style, Palette: palettes[seed%uint64(len(palettes))], Seed: seed, Brand: brand(style, idea)}
}

// seedOf hashes texts. Each goes in with its length, so that moving text from one to the next changes the seed.
func seedOf(texts ...string) uint64 {
	h := sha256.New()
	for _, text := range texts {
		_ = binary.Write(h, binary.BigEndian, uint64(len(text))) // a hash never fails
		h.Write([]byte(text))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}
