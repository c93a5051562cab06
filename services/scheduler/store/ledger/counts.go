package ledger

import (
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Between is what a change of state does to the counters. An unspecified state counts nowhere.
func Between(from, to state.Video) store.Counts {
	var d store.Counts
	count(&d, from, -1)
	count(&d, to, 1)
	return d
}

func count(d *store.Counts, s state.Video, n int32) {
	if s == schedulerv1.VideoJob_STATE_UNSPECIFIED {
		return
	}
	d.Total += n
	switch {
	case state.Waiting(s):
		d.Pending += n
		if s == state.RateLimited {
			d.RateLimited += n
		}
	case state.Running(s):
		d.Running += n
	case s == state.Completed:
		d.Completed += n
	case s == state.Failed:
		d.Failed += n
	case s == state.Skipped:
		d.Skipped += n
	case s == state.Cancelled:
		d.Cancelled += n
	}
}

func addTo(c *store.Counts, d store.Counts) {
	c.Total += d.Total
	c.Pending += d.Pending
	c.Running += d.Running
	c.Completed += d.Completed
	c.Failed += d.Failed
	c.Skipped += d.Skipped
	c.Cancelled += d.Cancelled
	c.RateLimited += d.RateLimited
}
