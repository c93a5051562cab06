package main

import (
	"fmt"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// contest collects what several systems reached in each round.
type contest struct {
	systems []string // in the order in which they came
	results map[string][]result
}

type result struct{ insert, work measure.Span }

func newContest() *contest { return &contest{results: map[string][]result{}} }

// add notes and prints what a system reached in a round.
func (c *contest) add(round int, system string, insert, work measure.Span) {
	if _, ok := c.results[system]; !ok {
		c.systems = append(c.systems, system)
	}
	c.results[system] = append(c.results[system], result{insert, work})
	fmt.Printf("  round %d  %-26s insert %s\n  %36s work   %s\n", round+1, system, insert, "", work)
}

// print prints the medians.
func (c *contest) print() {
	for _, s := range c.systems {
		fmt.Printf("  median   %-26s insert %7.0f/s, work %7.0f/s\n", s, c.median(s, insertRate), c.median(s, workRate))
	}
}

func (c *contest) median(system string, rate func(result) float64) float64 {
	var rates []float64
	for _, r := range c.results[system] {
		rates = append(rates, rate(r))
	}
	return measure.Median(rates)
}

// ratio is how much faster one system is than another: the median of the rounds' ratios.
func (c *contest) ratio(one, other string, rate func(result) float64) float64 {
	var ratios []float64
	for i, r := range c.results[one] {
		ratios = append(ratios, rate(r)/rate(c.results[other][i]))
	}
	return measure.Median(ratios)
}

func insertRate(r result) float64 { return r.insert.Rate() }
func workRate(r result) float64   { return r.work.Rate() }
