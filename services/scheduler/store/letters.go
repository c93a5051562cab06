package store

import (
	"context"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// DeadLetters keeps what to know of video jobs that gave up. A letter is written when its video job becomes FAILED, and
// goes when that is tried again by whatever way. It may also be removed alone: then the video job stays FAILED.
type DeadLetters interface {
	// DeadLetter returns a dead letter by its video job's id, or ErrNotFound.
	DeadLetter(ctx context.Context, project, id string) (DeadLetter, error)
	// ListDeadLetters returns those that gave up before a place (zero: from the newest), newest first.
	ListDeadLetters(ctx context.Context, f LetterFilter, before LetterPlace, limit int) ([]DeadLetter, error)
	// ReplayDeadLetter queues a dead letter's video job again, as RetryVideoJob does; with an idea that is not nil, that
	// one is made instead. Its row key and row number stay.
	ReplayDeadLetter(ctx context.Context, r Request, project, id string, idea *ingestv1.Idea, now time.Time) (Video, error)
	// ReplayDeadLetters queues the video jobs of up to limit dead letters again, those that gave up first first, and
	// returns how many. Those of bulk jobs that are CANCELLED or FAILED are left. It takes several transactions: a
	// repeated request goes on where the first one broke off.
	ReplayDeadLetters(ctx context.Context, r Request, f LetterFilter, limit int, now time.Time) (int, error)
	// PurgeDeadLetters removes dead letters and returns how many, in several transactions as ReplayDeadLetters.
	PurgeDeadLetters(ctx context.Context, r Request, f LetterFilter, now time.Time) (int, error)
	// ExpireDeadLetters removes up to limit dead letters of all projects from before a time, and returns how many.
	ExpireDeadLetters(ctx context.Context, before time.Time, limit int) (int, error)
}

// LetterFilter says which dead letters of a project are meant. Zero values leave nothing out.
type LetterFilter struct {
	Project string
	Class   schedulerv1.FailureClass
	BulkJob string    // its id
	Before  time.Time // when they gave up
}

// LetterPlace is a dead letter's place in a list: when it gave up, in milliseconds since 1970, and its id.
type LetterPlace struct {
	Created int64  `json:"c"`
	ID      string `json:"i"`
}

// Place is the dead letter's place in a list.
func (d DeadLetter) Place() LetterPlace { return LetterPlace{d.Created.UnixMilli(), d.Video.Video} }
