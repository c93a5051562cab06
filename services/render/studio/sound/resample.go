package sound

// resample brings mono sound to [Rate] by Catmull-Rom interpolation, which is clean enough for speech.
func resample(in []float32, rate int) []float32 {
	if rate == Rate || len(in) == 0 {
		return in
	}
	at := func(i int) float32 { return in[min(max(i, 0), len(in)-1)] }
	out := make([]float32, int(int64(len(in))*Rate/int64(rate)))
	for i := range out {
		pos := int64(i) * int64(rate)
		k := int(pos / Rate)
		t := float32(pos%Rate) / Rate
		a, b, c, d := at(k-1), at(k), at(k+1), at(k+2)
		out[i] = b + t/2*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
	}
	return out
}
