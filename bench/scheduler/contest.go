package main

import (
	"fmt"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// contest collects what several systems reached in each round.
type contest struct{ rounds measure.Rounds[result] }

type result struct{ insert, work measure.Span }

func newContest() *contest { return &contest{} }

// add notes and prints what a system reached in a round.
func (c *contest) add(round int, system string, insert, work measure.Span) {
	c.rounds.Add(system, result{insert, work})
	fmt.Printf("  round %d  %-26s insert %s\n  %36s work   %s\n", round+1, system, insert, "", work)
}

// print prints the medians.
func (c *contest) print() {
	for _, s := range c.rounds.Systems() {
		fmt.Printf("  median   %-26s insert %7.0f/s, work %7.0f/s\n", s, c.rounds.Median(s, insertRate), c.rounds.Median(s, workRate))
	}
}

// ratio is how much faster one system is than another.
func (c *contest) ratio(one, other string, rate func(result) float64) float64 {
	return c.rounds.Ratio(one, other, rate)
}

func insertRate(r result) float64 { return r.insert.Rate() }
func workRate(r result) float64   { return r.work.Rate() }
