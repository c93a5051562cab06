package storetest

import "time"

func clockGoesOn(b *bundle) {
	c := b.s.Clock()
	last := c.Now()
	if last.Location() != time.UTC || !c.Fresh() {
		b.Errorf("at first it is %v, sure: %v", last, c.Fresh())
	}
	for range 1000 {
		now := c.Now()
		if now.Before(last) {
			b.Fatalf("%v after %v", now, last)
		}
		last = now
	}
}
