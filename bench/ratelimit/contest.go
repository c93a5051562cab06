package main

import (
	"fmt"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// contest is what several systems reached in each round.
type contest struct{ measure.Rounds[figure] }

// add notes and prints what a system reached in a round.
func (c *contest) add(round int, system string, f figure) {
	c.Add(system, f)
	fmt.Printf("  round %d  %-48s %s\n", round+1, system, f)
}

// print prints the medians.
func (c *contest) print() {
	for _, s := range c.Systems() {
		fmt.Printf("  median   %-48s %8.0f decisions/s, %7.2f us CPU each\n", s, c.Median(s, figure.rate), c.Median(s, figure.cost))
	}
}
