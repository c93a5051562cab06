package pixels_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sheetreel/sheetreel/services/render/studio/pixels"
	"pgregory.net/rapid"
)

// source makes rows of a random length that starts nowhere in particular.
type source struct {
	*rand.Rand
	n int
}

func draw(t *rapid.T) source {
	seed := rapid.Uint64().Draw(t, "seed")
	return source{rand.New(rand.NewPCG(seed, 1)), rapid.IntRange(0, 150).Draw(t, "length")}
}

func (s source) row() []byte {
	out := make([]byte, s.n+3)
	for i := range out {
		switch s.IntN(4) {
		case 0: // black or transparent
		case 1:
			out[i] = 255
		default:
			out[i] = byte(s.IntN(256))
		}
	}
	return out[1 : s.n+1]
}

// layer is premultiplied: no pixel is brighter than it is opaque.
func (s source) layer() pixels.Layer {
	l := pixels.Layer{Pix: s.row(), Alpha: s.row()}
	if s.IntN(4) == 0 {
		clear(l.Alpha[:s.n/2]) // a gap, as between words
	}
	for i, a := range l.Alpha {
		l.Pix[i] = byte(int(l.Pix[i]) * int(a) / 255)
	}
	return l
}

func (s source) part() uint32 { return uint32([]int{0, 256, s.IntN(257), s.IntN(257)}[s.IntN(4)]) }

// TestSameBytes runs every loop with and without assembly.
func TestSameBytes(t *testing.T) {
	for name, one := range map[string]func(s source, dst, want []byte){
		"cover": func(s source, dst, want []byte) {
			keep := s.part() << 8
			add := (65536-keep)*uint32(s.IntN(256)) + 32768
			pixels.Cover(dst, keep, add)
			pixels.CoverPlain(want, keep, add)
		},
		"mix": func(s source, dst, want []byte) {
			other, to := s.row(), s.part()
			pixels.Mix(dst, other, to)
			pixels.MixPlain(want, other, to)
		},
		"blend": func(s source, dst, want []byte) {
			l, opacity := s.layer(), s.part()
			pixels.Blend(dst, l.Pix, l.Alpha, opacity)
			pixels.BlendPlain(want, l.Pix, l.Alpha, opacity)
		},
		"blend two": func(s source, dst, want []byte) {
			one, other, upper, opacity := s.layer(), s.layer(), s.part(), s.part()
			pixels.BlendTwo(dst, one, other, upper, opacity)
			pixels.BlendTwoPlain(want, one, other, upper, opacity)
		},
		"between": func(s source, dst, want []byte) {
			one, other, upper := s.row(), s.row(), uint16(s.part())
			fast, slow := make([]uint16, s.n), make([]uint16, s.n)
			pixels.Between(fast, one, other, upper)
			pixels.BetweenPlain(slow, one, other, upper)
			for i := range fast {
				dst[i], want[i] = byte(fast[i]), byte(slow[i])
				if fast[i]>>8 != slow[i]>>8 {
					want[i]++
				}
			}
		},
		"resample": func(s source, dst, want []byte) {
			row, tap := make([]uint16, s.n+2), pixels.Tap{At: make([]uint32, s.n), Weights: make([]uint32, s.n)}
			pixels.Between(row[:s.n], s.row(), s.row(), uint16(s.part()))
			for i := range s.n {
				part := s.part()
				tap.At[i], tap.Weights[i] = uint32(s.IntN(s.n+1)), part<<16|256-part
			}
			pixels.Resample(dst, row, tap)
			pixels.ResamplePlain(want, row, tap)
		},
		"gradient of 4": func(s source, dst, want []byte) { s.gradient(2, dst, want) },
		"gradient of 8": func(s source, dst, want []byte) { s.gradient(3, dst, want) },
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := draw(t)
				dst := s.row()
				want := slices.Clone(dst)
				one(s, dst, want)
				if !bytes.Equal(dst, want) {
					t.Fatalf("%v\nwithout assembly: %v", dst, want)
				}
			})
		})
	}
}

func (s source) gradient(bits int, dst, want []byte) {
	cols := s.n>>bits + 2
	g := pixels.NewGradient(cols, bits)
	grid := func() []int32 {
		out := make([]int32, cols+pixels.Spare)
		for i := range out {
			out[i] = int32(16*256 + s.IntN(224*256))
		}
		return out
	}
	var noise [pixels.NoiseSide / 4]uint64
	for i := range noise {
		noise[i] = s.Uint64() & 0x00FF_00FF_00FF_00FF
	}
	above, below, part := grid(), grid(), int32(s.IntN(1<<bits))
	g.Fill(dst, above, below, part, &noise)
	g.FillPlain(want, above, below, part, &noise)
}

// BenchmarkRow measures every loop over a row of 1080 pixels.
func BenchmarkRow(b *testing.B) {
	s := source{rand.New(rand.NewPCG(1, 1)), 1080}
	dst, one, other := s.row(), s.layer(), s.layer()
	b.Run("cover", func(b *testing.B) {
		for b.Loop() {
			pixels.Cover(dst, 40000, 25536*100)
		}
	})
	b.Run("mix", func(b *testing.B) {
		for b.Loop() {
			pixels.Mix(dst, one.Pix, 100)
		}
	})
	b.Run("blend", func(b *testing.B) {
		for b.Loop() {
			pixels.Blend(dst, one.Pix, one.Alpha, 256)
		}
	})
	b.Run("blend two", func(b *testing.B) {
		for b.Loop() {
			pixels.BlendTwo(dst, one, other, 100, 256)
		}
	})
	row := make([]uint16, 1300)
	b.Run("between", func(b *testing.B) {
		for b.Loop() {
			pixels.Between(row[:1080], one.Pix, other.Pix, 100)
		}
	})
	tap := pixels.Tap{At: make([]uint32, 1080), Weights: make([]uint32, 1080)}
	for i := range tap.At {
		tap.At[i], tap.Weights[i] = uint32(i*11/10), 100<<16|156
	}
	b.Run("resample", func(b *testing.B) {
		for b.Loop() {
			pixels.Resample(dst, row, tap)
		}
	})
	g, grid := pixels.NewGradient(137, 3), make([]int32, 137+pixels.Spare)
	var noise [pixels.NoiseSide / 4]uint64
	b.Run("gradient", func(b *testing.B) {
		for b.Loop() {
			g.Fill(dst, grid, grid, 3, &noise)
		}
	})
	b.Run("gradient plain", func(b *testing.B) {
		for b.Loop() {
			g.FillPlain(dst, grid, grid, 3, &noise)
		}
	})
}
