package pixels

// The loops without assembly, for comparison.
var (
	CoverPlain    = coverPlain
	MixPlain      = mixPlain
	BlendPlain    = blendPlain
	BlendTwoPlain = blendTwoPlain
	BetweenPlain  = betweenPlain
	ResamplePlain = resamplePlain
)

// FillPlain is Fill without assembly.
func (g *Gradient) FillPlain(dst []byte, above, below []int32, part int32, noise *[NoiseSide / 4]uint64) {
	g.plain(dst, 0, above, below, part, noise)
}
