package ledger

import (
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Changes are what a transaction writes. Each kind is a list without two entries for the same row, so that a store
// may write it by one statement; messages are marshalled, nil is NULL.
type Changes struct {
	Now      time.Time
	NewBulks []NewBulk
	Bulks    []*Bulk // their counters, state and import; error and report where Bulk says so
	Events   []*EventPage
	Pages    []*NewPage
	Jobs     []*Job // see Moves
	Ended    []Ended
	Letters  []Letter
	Revived  []store.VideoKey // dead letters that are no longer dead
	Holds    []Hold
	Requests []Request
	Notices  []Notice
}

// Notice is an event that those outside may want to hear of: the end of a job, or the pause of a bulk job.
type Notice struct {
	store.BulkKey
	Event *schedulerv1.JobEvent // with its sequence; BulkJob is empty, and VideoJob the bare id
}

// Moves are the jobs of a transaction by what their rows do. A job that is in Finished leaves the queue unless it is
// new; one in Queued leaves the finished ones unless it is new.
type Moves struct {
	Updated  []*Job // stay in the queue
	Queued   []*Job // come into the queue
	Finished []*Job // come to the finished ones
	Left     []*Job // leave the queue
	Revived  []*Job // leave the finished ones
}

// Moves sorts the jobs of a transaction. No job is moved within the finished ones.
func (c *Changes) Moves() (m Moves) {
	for _, j := range c.Jobs {
		from, to := j.Stored, j.Place()
		switch {
		case to == InQueue && from == InQueue:
			m.Updated = append(m.Updated, j)
		case to == InQueue:
			m.Queued = append(m.Queued, j)
		default:
			m.Finished = append(m.Finished, j)
		}
		switch {
		case from == InQueue && to != InQueue:
			m.Left = append(m.Left, j)
		case from == InFinished:
			m.Revived = append(m.Revived, j)
		}
	}
	return m
}

// NewBulk is a bulk job to be inserted, before Bulks gives it its counters.
type NewBulk struct {
	store.BulkKey
	User  string
	State state.Bulk
	Spec  []byte
}

// Ended is an attempt that ended without a result.
type Ended struct {
	store.VideoKey
	Number     int32
	Worker     string
	Start, End time.Time
	Error      []byte
}

// Letter is a dead letter.
type Letter struct {
	store.VideoKey
	Class   schedulerv1.FailureClass
	Created time.Time // set when it is read
}

// Hold keeps the waiting video jobs of a bulk job out of the claim, or lets them in.
type Hold struct {
	store.BulkKey
	Held bool
}

// Request is a request id to be remembered with what it did.
type Request struct {
	store.Request
	Project, Resource string
	Expire            time.Time
}

func (c *Changes) empty() bool {
	return len(c.NewBulks)+len(c.Bulks)+len(c.Pages)+len(c.Jobs)+len(c.Ended)+len(c.Letters)+len(c.Revived)+len(c.Holds)+
		len(c.Requests) == 0
}
