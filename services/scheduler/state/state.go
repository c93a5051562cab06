// Package state is the one table of the states of video jobs and bulk jobs. Stores move a job only along it;
// docs/states.md draws it. It is pure.
package state

import (
	"slices"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// Video is the state of a video job.
type Video = schedulerv1.VideoJob_State

// Bulk is the state of a bulk job.
type Bulk = schedulerv1.BulkJob_State

// Short names of the states of a video job.
const (
	Queued      = schedulerv1.VideoJob_QUEUED
	RateLimited = schedulerv1.VideoJob_RATE_LIMITED
	Dispatched  = schedulerv1.VideoJob_DISPATCHED
	InProgress  = schedulerv1.VideoJob_IN_PROGRESS
	Retrying    = schedulerv1.VideoJob_RETRYING
	Completed   = schedulerv1.VideoJob_COMPLETED
	Failed      = schedulerv1.VideoJob_FAILED
	Cancelled   = schedulerv1.VideoJob_CANCELLED
	Skipped     = schedulerv1.VideoJob_SKIPPED
)

// Short names of the states of a bulk job.
const (
	BulkPending   = schedulerv1.BulkJob_PENDING
	BulkIngesting = schedulerv1.BulkJob_INGESTING
	BulkRunning   = schedulerv1.BulkJob_RUNNING
	BulkPaused    = schedulerv1.BulkJob_PAUSED
	BulkCompleted = schedulerv1.BulkJob_COMPLETED
	BulkFailed    = schedulerv1.BulkJob_FAILED
	BulkCancelled = schedulerv1.BulkJob_CANCELLED
)

var videoNext = map[Video][]Video{
	Queued:      {RateLimited, Dispatched, Cancelled},
	RateLimited: {Queued, Dispatched, Cancelled, RateLimited},
	Retrying:    {RateLimited, Dispatched, Cancelled},
	Dispatched:  {InProgress, Completed, Queued, Retrying, Failed, Cancelled},
	InProgress:  {Completed, Queued, Retrying, Failed, Cancelled},
	Failed:      {Queued},
	Cancelled:   {Queued},
	Completed:   {},
	Skipped:     {},
}

var bulkNext = map[Bulk][]Bulk{
	BulkPending:   {BulkIngesting, BulkPaused, BulkFailed, BulkCancelled},
	BulkIngesting: {BulkRunning, BulkCompleted, BulkPaused, BulkFailed, BulkCancelled},
	BulkRunning:   {BulkCompleted, BulkPaused, BulkCancelled},
	BulkPaused:    {BulkPending, BulkRunning, BulkCompleted, BulkCancelled},
	BulkCompleted: {BulkRunning},
	BulkFailed:    {BulkPending},
	BulkCancelled: {},
}

// VideoMayBecome tells whether a video job may go from one state to another.
func VideoMayBecome(from, to Video) bool { return slices.Contains(videoNext[from], to) }

// BulkMayBecome tells whether a bulk job may go from one state to another.
func BulkMayBecome(from, to Bulk) bool { return slices.Contains(bulkNext[from], to) }

// Waiting tells whether a video job waits for a worker.
func Waiting(s Video) bool { return s == Queued || s == RateLimited || s == Retrying }

// Running tells whether a video job is leased.
func Running(s Video) bool { return s == Dispatched || s == InProgress }

// Finished tells whether a video job has ended.
func Finished(s Video) bool { return !Waiting(s) && !Running(s) }

// BulkFinished tells whether a bulk job has ended.
func BulkFinished(s Bulk) bool {
	return s == BulkCompleted || s == BulkFailed || s == BulkCancelled
}
