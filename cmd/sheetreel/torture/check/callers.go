package check

import (
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
)

// Callers is what the histories of the callers say.
type Callers struct {
	Operations int // calls about video jobs
	Undecided  int // video jobs whose history was too long to be decided in time
	Stale      int // reports under a lost lease, all refused
	Unanswered int // calls without an answer
	// Completed are the leases of each video job whose completion was acknowledged.
	Completed map[string][]string
	// Maybe are the leases of each video job whose completion had no answer.
	Maybe map[string][]string
	// Rows are the acknowledged rows of each bulk job: how often row i+1 was acknowledged.
	Rows map[string][]int
	// Batches are the bulk jobs of each request id.
	Batches map[string]string

	jobs  map[string][]porcupine.Operation
	lease time.Duration
}

// ReadCallers sorts the calls by what they are about. lease is how long a lease lasts.
func ReadCallers(all []history.Operation, lease time.Duration, f *Findings) *Callers {
	c := &Callers{
		Completed: map[string][]string{}, Maybe: map[string][]string{}, Rows: map[string][]int{}, Batches: map[string]string{},
		jobs: map[string][]porcupine.Operation{}, lease: lease,
	}
	for _, o := range all {
		if o.Result == history.Unknown {
			c.Unanswered++
		}
		if o.Result == history.Rejected {
			f.Add(Answer, o.Process, "%s %s%s%s: %s", o.Kind, o.Job, o.Batch, o.Request, o.Error)
			continue
		}
		c.read(o, f)
	}
	return c
}

func (c *Callers) read(o history.Operation, f *Findings) {
	switch o.Kind {
	case history.Create:
		if o.Result != history.OK {
			return
		}
		if other, known := c.Batches[o.Request]; known && other != o.Batch {
			f.Add(Request, o.Request, "gave %s, then %s", other, o.Batch)
		}
		c.Batches[o.Request] = o.Batch
	case history.Append:
		if o.Result == history.OK {
			c.acknowledge(o.Batch, o.First, o.Last)
		}
	case history.Claim, history.Renew:
		for _, l := range o.Leases {
			result := history.OK
			if o.Kind == history.Renew {
				result = l.Result
			}
			c.add(o, l.Job, l.Token, result)
		}
	case history.Complete:
		list := c.Maybe
		if o.Result == history.OK {
			list = c.Completed
		}
		if o.Result != history.Refused && !slices.Contains(list[o.Job], o.Lease) {
			list[o.Job] = append(list[o.Job], o.Lease)
		}
		c.add(o, o.Job, o.Lease, o.Result)
	case history.Fail, history.Release:
		c.add(o, o.Job, o.Lease, o.Result)
	}
}

func (c *Callers) add(o history.Operation, job, lease string, result history.Result) {
	c.Operations++
	if result == history.Refused && o.Kind != history.Renew {
		c.Stale++
	}
	c.jobs[job] = append(c.jobs[job], porcupine.Operation{
		Input: input{kind: o.Kind, lease: lease, expire: o.Call + int64(c.lease)},
		Call:  o.Call, Output: output{result, o.Return}, Return: o.Return,
	})
}

func (c *Callers) acknowledge(batch string, first, last int) {
	rows := c.Rows[batch]
	for len(rows) < last {
		rows = append(rows, 0)
	}
	for row := first; row <= last; row++ {
		rows[row-1]++
	}
	c.Rows[batch] = rows
}

// perJob bounds how long the order of the calls about one video job is searched for.
const perJob = 20 * time.Second

// Check looks for jobs that were completed under two leases, and for histories that no order of the calls explains.
func (c *Callers) Check(f *Findings) {
	for job, leases := range c.Completed {
		if len(leases) > 1 {
			f.Add(Twice, job, "%d leases have an acknowledged completion", len(leases))
		}
	}
	m := model()
	for job, operations := range c.jobs {
		switch porcupine.CheckOperationsTimeout(m, operations, perJob) {
		case porcupine.Illegal:
			f.Add(Illegal, job, "no order explains %d calls:%s", len(operations), describe(operations))
		case porcupine.Unknown:
			c.Undecided++
		}
	}
}
