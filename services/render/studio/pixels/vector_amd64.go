package pixels

import "golang.org/x/sys/cpu"

// Each of these does as many pixels as fill whole vectors and says how many.

func coverVector(dst []byte, keep, add uint32) int {
	n := len(dst) &^ 31
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	coverAVX2(&dst[0], n, keep, add)
	return n
}

func mixVector(dst, other []byte, to uint32) int {
	n := len(dst) &^ 15
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	mixAVX2(&dst[0], &other[:n][0], n, to)
	return n
}

func blendVector(dst, pix, alpha []byte, opacity uint32) int {
	n := len(dst) &^ 15
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	blendAVX2(&dst[0], &pix[:n][0], &alpha[:n][0], n, opacity)
	return n
}

func blendTwoVector(dst []byte, first, second Layer, upper, opacity uint32) int {
	n := len(dst) &^ 15
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	blendTwoAVX2(&dst[0], &first.Pix[:n][0], &first.Alpha[:n][0], &second.Pix[:n][0], &second.Alpha[:n][0], n, upper, opacity)
	return n
}

func betweenVector(dst []uint16, first, second []byte, upper uint16) int {
	n := len(dst) &^ 15
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	betweenAVX2(&dst[0], &first[:n][0], &second[:n][0], n, uint32(upper))
	return n
}

func resampleVector(dst []byte, row []uint16, tap Tap) int {
	n := len(dst) &^ 15
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	resampleAVX2(&dst[0], &row[0], &tap.At[:n][0], &tap.Weights[:n][0], n)
	return n
}

func gradientVector(dst []byte, above, below []int32, part int32, noise *[NoiseSide / 4]uint64, g *Gradient) int {
	n := len(dst) &^ 15
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	points := (g.cols + 7) &^ 7
	_, _ = above[points], below[points] // the last is read with its right neighbour
	stride := len(g.room) / 3
	pointsAVX2(&g.room[0], &above[0], &below[0], points, stride, part, g.bits)
	gradientAVX2(&dst[0], &g.room[0], noise, n, stride, g.bits, &g.of)
	return n
}

//go:noescape
func coverAVX2(dst *byte, n int, keep, add uint32)

//go:noescape
func mixAVX2(dst, other *byte, n int, to uint32)

//go:noescape
func blendAVX2(dst, pix, alpha *byte, n int, opacity uint32)

//go:noescape
func blendTwoAVX2(dst, pix0, alpha0, pix1, alpha1 *byte, n int, upper, opacity uint32)

//go:noescape
func betweenAVX2(dst *uint16, first, second *byte, n int, upper uint32)

//go:noescape
func resampleAVX2(dst *byte, row *uint16, at, weights *uint32, n int)

//go:noescape
func pointsAVX2(room *uint16, above, below *int32, points, stride int, part int32, bits int)

//go:noescape
func gradientAVX2(dst *byte, room *uint16, noise *[NoiseSide / 4]uint64, n, stride, bits int, of *lanes)
