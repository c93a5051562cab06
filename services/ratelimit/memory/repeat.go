package memory

import "github.com/sheetreel/sheetreel/services/ratelimit/engine"

// repeated answers a need whose id was decided before, or waits under another sum.
func (e *Engine) repeated(c *call, lines []line, o *engine.Outcome) bool {
	s := &e.shards[c.idShard]
	r := s.ids[c.ID]
	if r != nil && r.over() {
		delete(s.ids, c.ID)
		r = nil
	}
	if r == nil {
		for i := range lines {
			if p := lines[i].waiting(c.ID); p != nil && p.sum != c.Sum {
				o.Verdict, o.Err = engine.Reject, engine.ErrReused
				return true
			}
		}
		return false
	}
	if r.sum != c.Sum {
		o.Verdict, o.Err = engine.Reject, engine.ErrReused
		return true
	}
	o.Verdict, o.Granted, o.Charge = engine.Proceed, r.granted, r.Charge
	if r.reserved {
		o.Life = max(r.ends.Sub(c.now.mono), 0)
	}
	for i := range lines {
		if !lines[i].limit.DryRun {
			o.Limits = append(o.Limits, lines[i].status(c.now, 0))
		}
	}
	return true
}
