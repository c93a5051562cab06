package sound

import "math"

// silence is the loudness of a track with nothing in it.
const silence = -120.0

// loudness is the integrated loudness of a track in LUFS.
func loudness(left, right []float32) float64 {
	m := newMeter()
	for i := range left {
		m.add(float64(left[i]), float64(right[i]))
	}
	return m.loudness()
}

const (
	meterStep  = Rate / 10
	stepsBlock = 4
)

// meter measures integrated loudness by ITU-R BS.1770-4: K-weighted power in blocks of 400 ms that overlap by three
// quarters, gated at -70 LUFS and at 10 LU below the mean.
type meter struct {
	left, right *kWeight
	steps       []float64 // power of each 100 ms
	sum         float64
	n           int
}

func newMeter() *meter { return &meter{left: newKWeight(), right: newKWeight()} }

// add takes one sample of both channels.
func (m *meter) add(left, right float64) {
	a, b := m.left.next(left), m.right.next(right)
	m.sum += a*a + b*b
	m.n++
	if m.n == meterStep {
		m.steps = append(m.steps, m.sum/meterStep)
		m.sum, m.n = 0, 0
	}
}

// loudness is that of all samples so far, in LUFS.
func (m *meter) loudness() float64 {
	var blocks []float64
	for i := 0; i+stepsBlock <= len(m.steps); i++ {
		power := 0.0
		for _, s := range m.steps[i : i+stepsBlock] {
			power += s / stepsBlock
		}
		blocks = append(blocks, power)
	}
	mean := gated(blocks, toPower(-70))
	return toLUFS(gated(blocks, max(toPower(-70), mean/10)))
}

// gated is the mean of the blocks above a power.
func gated(blocks []float64, above float64) float64 {
	sum, n := 0.0, 0
	for _, p := range blocks {
		if p > above {
			sum, n = sum+p, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

func toLUFS(power float64) float64 {
	if power <= 0 {
		return silence
	}
	return -0.691 + 10*math.Log10(power)
}

func toPower(lufs float64) float64 { return math.Pow(10, (lufs+0.691)/10) }

// kWeight is the filter of BS.1770 at 48 kHz: a high shelf for the head and a high pass.
type kWeight struct{ shelf, pass biquad }

func newKWeight() *kWeight {
	return &kWeight{
		shelf: biquad{b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241, a2: 0.73248077421585},
		pass:  biquad{b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621},
	}
}

func (k *kWeight) next(v float64) float64 { return k.pass.next(k.shelf.next(v)) }

// biquad is a second-order filter in transposed direct form II.
type biquad struct{ b0, b1, b2, a1, a2, z1, z2 float64 }

func (f *biquad) next(x float64) float64 {
	y := f.b0*x + f.z1
	f.z1 = f.b1*x - f.a1*y + f.z2
	f.z2 = f.b2*x - f.a2*y
	return y
}
