package film_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	"image/color"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

var update = flag.Bool("update", false, "write the golden file anew")

const goldenFile = "testdata/frames.golden"

// TestGoldenFrames compares frames without text, whose pixels depend on no font, with those of the golden file. Kept
// chunks are used again as long as film.Version is the same: so whoever changes how frames look must change it too,
// and -update refuses to write other frames under the version of the file.
func TestGoldenFrames(t *testing.T) {
	var got strings.Builder
	fmt.Fprintf(&got, "version %s\n", film.Version)
	for _, style := range look.Styles() {
		for _, size := range [][2]int32{{90, 160}, {160, 90}} {
			sb := storyboard("en", style.Name, size[0], size[1])
			sb.Title = ""
			for _, s := range sb.Scenes {
				s.Headline, s.Words = "", nil
			}
			sb.Scenes[1].Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: "a"}}
			sb.Scenes[2].Background = &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: "b"}}
			f, err := film.New(sb, film.Sources{Fonts: library(t), Media: gradient})
			if err != nil {
				t.Fatal(err)
			}
			frame := draw.NewFrame(int(size[0]), int(size[1]))
			for i := range f.Chunks() {
				chunk := f.Chunk(i)
				for _, k := range []int{4, 30} {
					chunk.Paint(k, frame)
					fmt.Fprintf(&got, "%s %dx%d scene %d frame %d %x\n", style.Name, size[0], size[1], i, k, sha256.Sum256(frame.Data))
				}
				if err := chunk.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
	want, err := os.ReadFile(goldenFile)
	if *update {
		version, _, _ := strings.Cut(string(want), "\n")
		if err == nil && version == "version "+film.Version && string(want) != got.String() {
			t.Fatal("frames look different: change film.Version first")
		}
		if err := os.WriteFile(goldenFile, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("frames look different; if they should, change film.Version and run with -update:\n%s", diff)
	}
}

// gradient gives the same picture for every address.
func gradient(m *storyboardv1.Media) (film.Medium, bool) {
	return film.Medium{Digest: m.GetImageUri(), Width: 80, Height: 60, Image: func() (image.Image, error) {
		img := image.NewRGBA(image.Rect(0, 0, 80, 60))
		for i := range 80 * 60 {
			x, y := i%80, i/80
			img.SetRGBA(x, y, color.RGBA{uint8(3 * x), uint8(4 * y), uint8(x + y), 255})
		}
		return img, nil
	}}, true
}
