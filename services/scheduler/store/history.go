package store

import (
	"context"
	"errors"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// TopicProject is the topic of the events of all bulk jobs of a project.
func TopicProject(project string) string { return "project/" + project }

// ErrPlaceAhead says that a place lies after the end of a history: it is of another database, or of a time that a
// restore has undone.
var ErrPlaceAhead = errors.New("place lies after the end of the history")

// History reads and shortens what has happened.
type History interface {
	// ProjectEnd is the place after everything that a project's history holds for sure. A watch that starts now starts
	// here; it may still be told what was about to be committed.
	ProjectEnd(ctx context.Context, project string) (ProjectPlace, error)
	// ProjectEvents returns events of all bulk jobs of a project after a place: as a rule up to limit, but at least
	// those that one transaction wrote into one bulk job. Those of a bulk job come by their sequence numbers. Nothing is
	// skipped whatever is committed meanwhile, in whatever order. A place after the end is ErrPlaceAhead.
	ProjectEvents(ctx context.Context, project string, after ProjectPlace, limit int) (ProjectEvents, error)
	// CompactEvents drops the progress events from a part of the history of one bulk job that ended before a time, and
	// tells whether there was one with something left to look at. The numbers of the other events stay.
	CompactEvents(ctx context.Context, endedBefore, now time.Time) (more bool, err error)
}

// ProjectPlace is a place in the history of a project. Only the store that gave it knows what it means.
type ProjectPlace struct {
	Turn    int64  `json:"t"`
	BulkJob string `json:"b,omitempty"`
	Last    int64  `json:"l,omitempty"`
}

// ProjectEvents is a part of the history of a project.
type ProjectEvents struct {
	Events []*schedulerv1.JobEvent
	// Next is the place after them. Without events it is the end of the history, so that a quiet watch goes along.
	Next ProjectPlace
	// Held says that more is there, which comes as soon as an older transaction has ended; nobody is woken for that.
	Held bool
}
