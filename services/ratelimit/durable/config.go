package durable

import (
	"cmp"
	"fmt"
	"os"
	"time"
)

// Config says how counters are kept. Zero values are good defaults.
type Config struct {
	// Every is how often what has changed is written. Default 100 ms.
	Every time.Duration `kong:"-"`
	// Batch is at most so many counters in a transaction. Default 1,000.
	Batch int `kong:"-"`
	// Lease is for how long an owner that shows no sign of life keeps the counters, where its death cannot be seen.
	// Default 10 s.
	Lease time.Duration `kong:"-"`
	// Wait is how long to wait for another owner to go. Default 1 min.
	Wait time.Duration `kong:"-"`
	// Strict is the longest time that a limit may take to be free again whose charges are written behind. What a slower
	// one grants is written before it is answered, because after a crash it would be taken as used up for that time.
	// Default 2 min.
	Strict time.Duration `kong:"-"`
	// Patience is how long the answer of a strict limit waits for the database. Default 1 s.
	Patience time.Duration `kong:"-"`
	// Unsaved is for how long a crash is accounted for while the database cannot be written to. Default 1 min.
	Unsaved time.Duration `kong:"-"`
	// Last is how long the process tries at its end to write what is left. Default 20 s.
	Last time.Duration `kong:"-"`
	// Name tells others who counts. Default: this process.
	Name string `kong:"-"`
}

func (c Config) withDefaults() Config {
	c.Every = cmp.Or(c.Every, 100*time.Millisecond)
	c.Batch = cmp.Or(c.Batch, 1000)
	c.Lease = cmp.Or(c.Lease, 10*time.Second)
	c.Wait = cmp.Or(c.Wait, time.Minute)
	c.Strict = cmp.Or(c.Strict, 2*time.Minute)
	c.Patience = cmp.Or(c.Patience, time.Second)
	c.Unsaved = cmp.Or(c.Unsaved, time.Minute)
	c.Last = cmp.Or(c.Last, 20*time.Second)
	if c.Name == "" {
		host, _ := os.Hostname() // it is only shown
		c.Name = fmt.Sprintf("process %d on %s", os.Getpid(), cmp.Or(host, "an unknown host"))
	}
	return c
}
