// Package pixels has the inner loops over rows of pixels. Where the processor has AVX2 they take many pixels at a time
// in assembly, elsewhere one by one in Go; both give the same bytes, so that a video does not depend on the machine
// that makes it.
//
// The rows that one call gets are as long as its first, or longer. Weights are parts of 256 unless it says otherwise.
package pixels

// Cover moves every pixel towards one value: it becomes (pixel*keep + add) / 65536. Keep is at most 65536.
func Cover(dst []byte, keep, add uint32) {
	coverPlain(dst[coverVector(dst, keep, add):], keep, add)
}

func coverPlain(dst []byte, keep, add uint32) {
	for i, v := range dst {
		dst[i] = uint8((uint32(v)*keep + add) >> 16)
	}
}

// Mix moves every pixel towards another: 0 leaves it, 256 makes it equal.
func Mix(dst, other []byte, to uint32) {
	n := mixVector(dst, other, to)
	mixPlain(dst[n:], other[n:], to)
}

func mixPlain(dst, other []byte, to uint32) {
	from := 256 - to
	other = other[:len(dst)]
	for i, v := range dst {
		dst[i] = uint8((uint32(v)*from + uint32(other[i])*to + 128) >> 8)
	}
}

// Blend paints premultiplied pixels over dst with an opacity.
func Blend(dst, pix, alpha []byte, opacity uint32) {
	n := blendVector(dst, pix, alpha, opacity)
	blendPlain(dst[n:], pix[n:], alpha[n:], opacity)
}

func blendPlain(dst, pix, alpha []byte, opacity uint32) {
	pix, alpha = pix[:len(dst)], alpha[:len(dst)]
	for i, a := range alpha {
		if a == 0 {
			continue
		}
		keep := 65536 - uint32(a)*opacity*257>>8
		dst[i] = uint8((uint32(dst[i])*keep + uint32(pix[i])*opacity<<8 + 32768) >> 16)
	}
}

// Layer is a row of premultiplied pixels.
type Layer struct{ Pix, Alpha []byte }

// BlendTwo paints the mixture of two layers over dst with an opacity: upper is the weight of the first, what is left
// of 256 that of the second.
func BlendTwo(dst []byte, first, second Layer, upper, opacity uint32) {
	n := blendTwoVector(dst, first, second, upper, opacity)
	blendTwoPlain(dst[n:], first.from(n), second.from(n), upper, opacity)
}

func (l Layer) from(n int) Layer { return Layer{l.Pix[n:], l.Alpha[n:]} }

func blendTwoPlain(dst []byte, first, second Layer, upper, opacity uint32) {
	lower := 256 - upper
	pix0, alpha0 := first.Pix[:len(dst)], first.Alpha[:len(dst)]
	pix1, alpha1 := second.Pix[:len(dst)], second.Alpha[:len(dst)]
	for i := range dst {
		a := uint32(alpha0[i])*upper + uint32(alpha1[i])*lower
		if a == 0 {
			continue
		}
		v := uint32(pix0[i])*upper + uint32(pix1[i])*lower
		keep := 65536 - (a*opacity>>8)*257>>8
		dst[i] = uint8((uint32(dst[i])*keep + v*opacity + 32768) >> 16)
	}
}

// Between fills dst with the mixture of two rows, in 128ths of a pixel's value; upper is the weight of the first.
func Between(dst []uint16, first, second []byte, upper uint16) {
	n := betweenVector(dst, first, second, upper)
	betweenPlain(dst[n:], first[n:], second[n:], upper)
}

func betweenPlain(dst []uint16, first, second []byte, upper uint16) {
	lower := 256 - upper
	first, second = first[:len(dst)], second[:len(dst)]
	for i, a := range first {
		dst[i] = (uint16(a)*upper + uint16(second[i])*lower) >> 1
	}
}

// Tap says between which pixels of a row one is taken: at and the next, with the weight of the first in the low half
// of Weights and that of the next in the high.
type Tap struct{ At, Weights []uint32 }

// Resample fills dst with pixels of a row made by [Between]. Every tap must lie before the row's last pixel.
func Resample(dst []byte, row []uint16, tap Tap) {
	n := resampleVector(dst, row, tap)
	at, weights := tap.At[n:], tap.Weights[n:]
	resamplePlain(dst[n:], row, Tap{at, weights})
}

func resamplePlain(dst []byte, row []uint16, tap Tap) {
	at, weights := tap.At[:len(dst)], tap.Weights[:len(dst)]
	for i, k := range at {
		w := weights[i]
		dst[i] = uint8((uint32(row[k])*(w&0xFFFF) + uint32(row[k+1])*(w>>16) + 1<<14) >> 15)
	}
}
