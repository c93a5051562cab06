//go:build !amd64

package pixels

// Without assembly the loops in Go do all pixels.

func coverVector([]byte, uint32, uint32) int { return 0 }

func mixVector(_, _ []byte, _ uint32) int { return 0 }

func blendVector(_, _, _ []byte, _ uint32) int { return 0 }

func blendTwoVector([]byte, Layer, Layer, uint32, uint32) int { return 0 }

func betweenVector([]uint16, []byte, []byte, uint16) int { return 0 }

func resampleVector([]byte, []uint16, Tap) int { return 0 }

func gradientVector([]byte, []int32, []int32, int32, *[NoiseSide / 4]uint64, *Gradient) int { return 0 }
