package measure

// Rounds are what several systems reached in rounds in which each had its turn. The zero value is empty.
type Rounds[T any] struct {
	systems []string // in the order in which they came
	results map[string][]T
}

// Add notes what a system reached in its next round.
func (r *Rounds[T]) Add(system string, result T) {
	if _, ok := r.results[system]; !ok {
		r.systems = append(r.systems, system)
	}
	if r.results == nil {
		r.results = map[string][]T{}
	}
	r.results[system] = append(r.results[system], result)
}

// Systems are those that took part.
func (r *Rounds[T]) Systems() []string { return r.systems }

// Median is the median of what a system reached. It panics for one that took no part.
func (r *Rounds[T]) Median(system string, value func(T) float64) float64 {
	var values []float64
	for _, result := range r.results[system] {
		values = append(values, value(result))
	}
	return Median(values)
}

// Ratio is one system's value as a multiple of another one's: the median of the rounds' ratios, so that a slow moment,
// which hits both of a round, counts little. It panics unless both took part in all rounds.
func (r *Rounds[T]) Ratio(one, other string, value func(T) float64) float64 {
	var ratios []float64
	for i, result := range r.results[one] {
		ratios = append(ratios, value(result)/value(r.results[other][i]))
	}
	return Median(ratios)
}
