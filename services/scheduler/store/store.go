// Package store is the contract of what keeps job state: bulk jobs, video jobs, their leases, events and dead
// letters. Every change appends its events in the same transaction, with sequence numbers that are gap-free per
// bulk job in commit order. Time is always a parameter; callers take it from the store's Clock.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

// Topics of Wake.
const (
	TopicQueue   = "queue"   // a video job may be ready to be claimed
	TopicImports = "imports" // a sheet may wait to be read
	TopicSheets  = "sheets"  // results may wait to be written into a spreadsheet
)

// TopicBulk is the topic of a bulk job's events.
func TopicBulk(k BulkKey) string { return "bulk/" + k.Project + "/" + k.ID }

// Store keeps job state. All methods are safe for concurrent use. Errors are those below, or the driver's.
type Store interface {
	BulkJobs
	VideoJobs
	DeadLetters
	Imports
	Memory
	Queue
	Order
	History
	Deletions
	Costs
	Webhooks
	WriteBacks
	ConnectedSheets
	// Wake is broadcast after each commit that others may wait for: topics TopicQueue, TopicImports, TopicSheets, TopicBulk,
	// TopicProject, TopicBlobs, TopicWebhooks.
	Wake() *wake.Hub
	// Clock tells the time of this store, on which all that use it agree. It is known from the beginning.
	Clock() Clock
	// Forget drops request ids that are too old to be remembered.
	Forget(ctx context.Context, now time.Time) error
	// Close releases everything. No other call may follow.
	Close() error
}

// Clock tells the time. No wall clock of a host that is turned meanwhile changes it.
type Clock interface {
	// Now is the time, in UTC.
	Now() time.Time
	// Fresh tells whether Now is sure enough to end what others hold.
	Fresh() bool
}

// BulkJobs keeps batches.
type BulkJobs interface {
	// CreateBulkJob stores a PENDING bulk job, once per request: the same request again gives the first one back,
	// with created = false, and the same request id with another hash is a *RequestReusedError.
	CreateBulkJob(ctx context.Context, r Request, b Bulk, now time.Time) (stored Bulk, created bool, err error)
	// BulkJob returns a bulk job, or ErrNotFound.
	BulkJob(ctx context.Context, k BulkKey) (Bulk, error)
	// ListBulkJobs returns those of a project with an id below before (empty: from the newest), newest first.
	ListBulkJobs(ctx context.Context, project, before string, limit int) ([]Bulk, error)
	// PauseBulkJob takes all leases back and holds everything; a paused one stays as it is.
	PauseBulkJob(ctx context.Context, r Request, k BulkKey, now time.Time) (Bulk, error)
	// ResumeBulkJob lets a paused bulk job go on; one that is not paused stays as it is. Over budget it is a
	// *BudgetError.
	ResumeBulkJob(ctx context.Context, r Request, k BulkKey, now time.Time) (Bulk, error)
	// CancelBulkJob ends the bulk job and everything unfinished in it; a cancelled one stays as it is.
	CancelBulkJob(ctx context.Context, r Request, k BulkKey, now time.Time) (Bulk, error)
	// RetryBulkJob queues its FAILED video jobs again, or reads its sheet again when that had failed: then it queues those
	// again that FailImport has cancelled.
	RetryBulkJob(ctx context.Context, r Request, k BulkKey, now time.Time) (Bulk, error)
	// Events returns the events after a sequence number, oldest first.
	Events(ctx context.Context, k BulkKey, after int64, limit int) ([]*schedulerv1.JobEvent, error)
}

// VideoJobs keeps the ideas on their way to videos.
type VideoJobs interface {
	// VideoJob returns a video job with its attempts, or ErrNotFound.
	VideoJob(ctx context.Context, k VideoKey) (Video, error)
	// ListVideoJobs returns those of a bulk job after a position, in the sheet's order, without attempts, and the
	// bulk job's last sequence number at the same moment.
	ListVideoJobs(ctx context.Context, k BulkKey, after int64, limit int) ([]Video, int64, error)
	// CancelVideoJob ends an unfinished video job; a cancelled one stays as it is.
	CancelVideoJob(ctx context.Context, r Request, k VideoKey, now time.Time) (Video, error)
	// RetryVideoJob queues a FAILED or CANCELLED video job again, with fresh attempts, in its old place.
	RetryVideoJob(ctx context.Context, r Request, k VideoKey, now time.Time) (Video, error)
}

// Imports leases the reading of sheets.
type Imports interface {
	// LeaseImport leases the oldest bulk job whose sheet waits to be read, or returns ErrNotFound. A bulk job whose
	// import was lost more than three times becomes FAILED instead.
	LeaseImport(ctx context.Context, l NewLease, now time.Time) (Bulk, error)
	// RenewImport extends a lease.
	RenewImport(ctx context.Context, lease string, until, now time.Time) error
	// AppendVideoJobs adds video jobs to the bulk job of the lease and counts the new ones; known row keys stay.
	// place sets what the bulk job decides about each.
	AppendVideoJobs(ctx context.Context, lease string, jobs []NewVideo, place Place, now time.Time) (int, error)
	// CompleteImport ends the import: all video jobs are known.
	CompleteImport(ctx context.Context, lease string, report *ingestv1.ImportReport, now time.Time) error
	// FailImport ends the import and the bulk job, and cancels everything unfinished in it with the same error.
	FailImport(ctx context.Context, lease string, report *ingestv1.ImportReport, why *statuspb.Status, now time.Time) error
}

// Queue leases the rendering of videos. Claim, Renew, the ends of an attempt (Complete, Fail, Release) and Expire
// are the only ways by which a lease begins, lasts and ends, apart from pause and cancel, which take it away.
type Queue interface {
	// Candidates returns what may start now, first in order first, of those that are wanted. Users and providers that run
	// as much as they may are left out.
	Candidates(ctx context.Context, s Search, now time.Time) ([]Candidate, error)
	// Claim leases candidates that are still waiting, and returns those it got with what is needed to render, in the
	// order of the claims; also with an error, when it got some.
	Claim(ctx context.Context, claims []Claim, worker string, until, now time.Time) ([]Leased, error)
	// Park makes waiting video jobs RATE_LIMITED until a time.
	Park(ctx context.Context, keys []VideoKey, until, now time.Time) error
	// Renew extends leases and stores progress; the answers are in the order of the renewals.
	Renew(ctx context.Context, renewals []Renewal, until, now time.Time) ([]schedulerv1.LeaseStatus_Verdict, error)
	// Complete publishes the result of an attempt. A repeated call with the same lease changes nothing. Usage
	// that cannot be true is a *cost.UsageError, here and in Fail.
	Complete(ctx context.Context, lease string, result Result, now time.Time) error
	// CompleteAll is Complete for many attempts, each with its own answer, in their order.
	CompleteAll(ctx context.Context, all []Completion, now time.Time) []error
	// Fail ends an attempt with an error. The job is tried again at the time that retry gives for the number of
	// failed attempts, counted from 1; with ok = false it becomes a dead letter.
	Fail(ctx context.Context, lease string, f Failure, retry Retry, now time.Time) (schedulerv1.VideoJob_State, error)
	// Release hands an attempt back; the job keeps its place and loses no attempt.
	Release(ctx context.Context, lease string, now time.Time) error
	// Expire ends up to limit leases that are over: back to the old place, or, when a job lost its worker three
	// times, to the dead letters. It returns how many.
	Expire(ctx context.Context, limit int, now time.Time) (int, error)
	// NextDue returns when the next waiting job becomes due, if any waits for a time.
	NextDue(ctx context.Context, now time.Time) (time.Time, bool, error)
}

// Errors of every store.
var (
	// ErrNotFound: there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrLeaseLost: the lease is not, or no longer, in force. Nothing was changed.
	ErrLeaseLost = errors.New("lease lost")
)

// StateError says that a job's state does not allow what was asked. Nothing was changed.
type StateError struct {
	State, Message string
}

func (e *StateError) Error() string { return fmt.Sprintf("state %s: %s", e.State, e.Message) }

// RequestReusedError says that a request id came again with another request. Nothing was changed.
type RequestReusedError struct {
	RequestID, Resource string
}

func (e *RequestReusedError) Error() string {
	return fmt.Sprintf("request id %q was used for another request, which made %s", e.RequestID, e.Resource)
}
