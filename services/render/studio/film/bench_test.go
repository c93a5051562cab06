package film_test

import (
	"testing"

	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// BenchmarkPaint measures the time of one frame at 720p.
func BenchmarkPaint(b *testing.B) {
	for _, style := range look.Styles() {
		b.Run(style.Name, func(b *testing.B) {
			f, err := film.New(storyboard("en", style.Name, 720, 1280), film.Sources{Fonts: library(b)})
			if err != nil {
				b.Fatal(err)
			}
			frame := draw.NewFrame(720, 1280)
			chunk, i := f.Chunk(1), 0
			for b.Loop() {
				chunk.Paint(i%chunk.Frames(), frame)
				i++
			}
		})
	}
}
