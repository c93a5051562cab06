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
	Blocks   []*Block
	Ended    []Ended
	Letters  []Letter
	Revived  []store.VideoKey // dead letters that are no longer dead
	Holds    []Hold
	Requests []Request
	Costs    []*CostPage
	Limits   []Limit
	Lanes    []Lane
	Specs    []NewSpec
	Reorders []Reorder
	Notices  []Notice
	Rows     []store.SourceRow // what is remembered of them, but for State and There
}

// Moves are the jobs of a transaction by what their rows do, by place, and what leaves blocks.
type Moves struct {
	Insert, Update, Delete map[Place][]*Job
	Taken                  []Taken
}

// Moves sorts the jobs of a transaction. A row that changes its place is deleted in one and inserted in the other.
func (c *Changes) Moves() Moves {
	m := Moves{Insert: map[Place][]*Job{}, Update: map[Place][]*Job{}, Delete: map[Place][]*Job{}}
	blocks := map[string]int{}
	for _, j := range c.Jobs {
		from, to := j.Stored, j.Place()
		switch {
		case from == to:
			m.Update[to] = append(m.Update[to], j)
			continue
		case from == InBlock:
			at, ok := blocks[j.Block]
			if !ok {
				at = len(m.Taken)
				blocks[j.Block] = at
				m.Taken = append(m.Taken, Taken{BulkKey: j.BulkKey, RowID: j.Block})
			}
			m.Taken[at].Bits |= 1 << j.Bit
		case from != Nowhere:
			m.Delete[from] = append(m.Delete[from], j)
		}
		m.Insert[to] = append(m.Insert[to], j)
	}
	return m
}

// NewBulk is a bulk job to be inserted, before Bulks gives it its counters.
type NewBulk struct {
	store.BulkKey
	User     string
	State    state.Bulk
	Spec     []byte
	Deadline time.Time
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
	return len(c.NewBulks)+len(c.Bulks)+len(c.Pages)+len(c.Blocks)+len(c.Jobs)+len(c.Ended)+len(c.Letters)+len(c.Revived)+len(c.Holds)+
		len(c.Requests)+len(c.Limits)+len(c.Lanes)+len(c.Specs)+len(c.Reorders)+len(c.Rows) == 0
}
