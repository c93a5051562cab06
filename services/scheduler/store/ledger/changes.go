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
	Now       time.Time
	NewBulks  []NewBulk
	Bulks     []*Bulk // their counters, state and import; error and report where Bulk says so
	Events    []Event
	NewVideos []NewVideo
	Jobs      []*Job
	Outcomes  []*Outcome
	Begun     []Begun
	Ended     []Ended
	Letters   []Letter
	Revived   []store.VideoKey // dead letters that are no longer dead
	Holds     []Hold
	Requests  []Request
}

// NewBulk is a bulk job to be inserted, before Bulks gives it its counters.
type NewBulk struct {
	store.BulkKey
	User  string
	State state.Bulk
	Spec  []byte
}

// Event is a row of a bulk job's history.
type Event struct {
	store.BulkKey
	Sequence int64
	Raw      []byte
}

// NewVideo is a video job to be inserted, with its row in the queue.
type NewVideo struct {
	store.VideoKey
	New      store.NewVideo
	User     string
	Position int64
	State    state.Video
	Idea     []byte
	Error    []byte
	Ended    time.Time
}

// Outcome is how a video job stands outside of the queue.
type Outcome struct {
	store.VideoKey
	Error  []byte
	Ended  time.Time
	Result []byte // nil keeps what is there
}

// Begun is an attempt that begins.
type Begun struct {
	store.VideoKey
	Number int32
	Worker string
	Start  time.Time
}

// Ended is an attempt that ends.
type Ended struct {
	store.VideoKey
	Number int32
	Error  []byte
	End    time.Time
}

// Letter is a new dead letter.
type Letter struct {
	store.VideoKey
	Class schedulerv1.FailureClass
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
	return len(c.NewBulks)+len(c.Bulks)+len(c.Events)+len(c.NewVideos)+len(c.Jobs)+len(c.Outcomes)+len(c.Begun)+
		len(c.Ended)+len(c.Letters)+len(c.Revived)+len(c.Holds)+len(c.Requests) == 0
}
