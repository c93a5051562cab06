package sound

// slidingMin is the minimum of the last values that were pushed.
type slidingMin struct {
	size, n int
	at      []int // positions of values that can still be the minimum, which rise
	values  []float64
}

func newSlidingMin(size int) *slidingMin { return &slidingMin{size: size} }

// push adds a value and gives the minimum of the last size ones.
func (s *slidingMin) push(v float64) float64 {
	for len(s.values) > 0 && s.values[len(s.values)-1] >= v {
		s.values, s.at = s.values[:len(s.values)-1], s.at[:len(s.at)-1]
	}
	s.values, s.at = append(s.values, v), append(s.at, s.n)
	if s.at[0] <= s.n-s.size {
		s.values, s.at = s.values[1:], s.at[1:]
	}
	s.n++
	return s.values[0]
}
