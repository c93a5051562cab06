package store

import (
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
)

// MaxCrashes is how often a video job or an import may lose its worker before it is quarantined.
const MaxCrashes = 3

// RequestRetention is how long a request id is remembered.
const RequestRetention = 24 * time.Hour

// BulkKey names a bulk job.
type BulkKey struct {
	Project, ID string
}

// VideoKey names a video job.
type VideoKey struct {
	BulkKey
	Video string
}

// UserKey names a user inside a project.
type UserKey struct {
	Project, User string
}

// Request makes a mutation idempotent. An empty ID means that it is not.
type Request struct {
	// Method is the RPC's name.
	Method string
	// ID is the caller's request id, or one that was derived from the request.
	ID string
	// Hash of the request without its id.
	Hash string
	// Derived says that ID was not the caller's: then a result that FAILED or was CANCELLED does not count.
	Derived bool
	// Repeats says of a derived one that no result counts that has ended: doing it again does what is new.
	Repeats bool
}

// Counts are the video jobs of a bulk job by state.
type Counts struct {
	Total, Pending, Running, Completed, Failed, Skipped, Cancelled, RateLimited int32
}

// Bulk is a bulk job.
type Bulk struct {
	BulkKey
	User  string
	State schedulerv1.BulkJob_State
	// Spec holds the caller's fields with defaults applied.
	Spec   *schedulerv1.BulkJob
	Report *ingestv1.ImportReport
	// Error is why it FAILED, or why it is PAUSED when nobody asked for that.
	Error  *statuspb.Status
	Counts Counts
	// RunningPercent is the sum of the percents of the running video jobs.
	RunningPercent float64
	// RenderTime is the sum of the render times of the completed video jobs.
	RenderTime   time.Duration
	LastSequence int64
	ImportDone   bool
	// WriteBack is what was reported of it last; nil when results are not written back, or nothing was reported.
	WriteBack *schedulerv1.WriteBack
	Written   int64 // the last event whose effect stands in the sheet
	Cost      int64 // of its attempts, in micros
	// Started is the first lease of a video job. Zero times mean "not yet".
	Created, Updated, Started, Ended time.Time
}

// Video is a video job.
type Video struct {
	VideoKey
	// Position is the job's place in its bulk job, from 1.
	Position    int64
	User        string
	Idea        *ingestv1.Idea
	Priority    ingestv1.Priority
	State       schedulerv1.VideoJob_State
	Attempt     int32
	Failures    int
	MaxAttempts int32
	Worker      string // of the newest attempt
	Progress    *schedulerv1.RenderProgress
	Result      Result
	Error       *statuspb.Status
	// Due is when the next attempt may start, while RATE_LIMITED or RETRYING.
	Due                     time.Time
	Created, Started, Ended time.Time
	Attempts                []*schedulerv1.Attempt
}

// Result is what an attempt made.
type Result struct {
	Artifacts     []*schedulerv1.Artifact
	VideoDuration time.Duration
	Usage         []cost.Usage // of the attempt; not kept here, see CostItems
}

// Completion is a result of an attempt under a lease.
type Completion struct {
	Lease  string
	Result Result
}

// Failure is why an attempt ended without a result.
type Failure struct {
	Class schedulerv1.FailureClass
	Error *statuspb.Status
	Usage []cost.Usage // of the attempt
}

// DeadLetter is a video job that gave up.
type DeadLetter struct {
	Video   Video
	Class   schedulerv1.FailureClass
	Created time.Time
}

// NewLease is a lease to be given: a fresh random id, for whom, until when.
type NewLease struct {
	ID, Worker string
	Until      time.Time
}

// NewVideo is a video job to be appended.
type NewVideo struct {
	ID   string
	Idea *ingestv1.Idea
	// Skip is why it is SKIPPED from the start; nil queues it.
	Skip *statuspb.Status
	// Content is the digest of what the row says, for AppendRemembered.
	Content Hash
	// What follows is set by Place.
	Priority    ingestv1.Priority
	SortKey     int64
	MaxAttempts int32
	NotBefore   time.Time // it does not start before; zero: at once
	Wanted      time.Time // it goes first when this is nearer than its place; zero: it keeps that
}

// Place sets what a bulk job decides about a new video job, which counts as queued at a time. It is pure.
type Place func(b Bulk, v *NewVideo, queued time.Time)

// Retry decides when a video job whose failed attempts are so many is tried again, if at all. It is pure.
type Retry func(v Video, p *schedulerv1.RetryPolicy, failures int) (at time.Time, ok bool)

// Candidate is a video job that may start now.
type Candidate struct {
	VideoKey
	User, Provider string
	Row            Row
}

// Row says in which row of the queue a candidate stands. Whoever claims it hands it on; without it the store looks for it.
type Row struct {
	ID string
	// For a row of many: its bit, and its position and that of its page in the bulk job.
	Bit                  int
	Position, LastOnPage int64
}

// Claim asks to lease a candidate under a fresh random id, without a dot.
type Claim struct {
	VideoKey
	Row   Row
	Lease string
}

// Leased is a video job that was leased.
type Leased struct {
	Lease         string // LeaseToken of the claim
	Video         Video
	RenderOptions *schedulerv1.RenderOptions
}

// Renewal extends one lease.
type Renewal struct {
	Lease    string
	Progress *schedulerv1.RenderProgress
}
