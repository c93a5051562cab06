package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"

	"google.golang.org/protobuf/proto"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Difference is something that is otherwise than a manifest says.
type Difference struct {
	// Kind is version, input or file.
	Kind string `json:"kind"`
	// Name of the program, address or file.
	Name string `json:"name"`
	// Was is what the manifest says, Is what came out now. Empty: there is none.
	Was string `json:"was"`
	Is  string `json:"is"`
}

// Verify makes a video again from its manifest, without any cache, and tells what differs: versions first, which
// explain the rest, then inputs, then files. Nothing differs when the video can be reproduced. dir is an empty folder.
func Verify(ctx context.Context, m *renderv1.Manifest, by provider.Provider, store *assets.Store, dir string) ([]Difference, error) {
	if m.GetProvider() != by.Name() {
		return nil, fmt.Errorf("the video was made by %q; only those of %q can be made again", m.GetProvider(), by.Name())
	}
	if len(m.GetStoryboard().GetScenes()) == 0 {
		return nil, errors.New("the manifest has no storyboard")
	}
	w := &worker{Deps: Deps{Assets: store, Log: slog.New(slog.DiscardHandler)}}
	r := provider.Request{Key: "verify", Storyboard: proto.CloneOf(m.GetStoryboard()), Dir: dir}
	got, err := w.gather(ctx, wishOf(r), r.Storyboard, func(float64) {})
	if err != nil {
		return nil, err
	}
	r.Media = got.media
	result, err := by.Render(ctx, r)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, f := range filesOf(result) {
		if files[f.Name], err = fileDigest(f.Path); err != nil {
			return nil, err
		}
	}
	wanted := map[string]string{}
	for _, f := range m.GetFiles() {
		wanted[f.GetFileName()] = f.GetSha256()
	}
	out := differences("version", m.GetVersions(), versions(result.Versions))
	out = append(out, differences("input", m.GetInputs(), got.digests())...)
	return append(out, differences("file", wanted, files)...), nil
}

// differences compares two maps, in the order of their keys.
func differences(kind string, was, is map[string]string) []Difference {
	names := map[string]bool{}
	for name := range was {
		names[name] = true
	}
	for name := range is {
		names[name] = true
	}
	var out []Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] != is[name] {
			out = append(out, Difference{kind, name, was[name], is[name]})
		}
	}
	return out
}

func fileDigest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
