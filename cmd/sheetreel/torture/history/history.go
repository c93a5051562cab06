// Package history is what each process of a campaign writes down about its calls, so that what the callers saw can be
// checked afterwards. A call has a line before it begins and a line after it ended; a call whose caller died in it has
// no end, and may have had any effect.
package history

import "math"

// Kind is what was called.
type Kind string

// The calls that are written down.
const (
	Create   Kind = "create"   // CreateBulkJob with a request id
	Append   Kind = "append"   // AppendVideoJobs of some rows
	Claim    Kind = "claim"    // LeaseVideoJobs; the end lists what was leased
	Renew    Kind = "renew"    // Heartbeat; the end lists each lease with its verdict
	Complete Kind = "complete" // CompleteVideoJob
	Fail     Kind = "fail"     // FailVideoJob
	Release  Kind = "release"  // ReleaseVideoJob
)

// Result is how a call ended.
type Result string

// The ends of a call.
const (
	OK       Result = "ok"       // acknowledged
	Refused  Result = "refused"  // the lease is lost, and nothing was changed
	Rejected Result = "rejected" // an answer that no call of a campaign should get
	Unknown  Result = "unknown"  // no answer came: done, or not, or done later
)

// Subject is what a call is about; each kind has its own fields.
type Subject struct {
	Job     string `json:"job,omitempty"`     // the video job: complete, fail, release
	Lease   string `json:"lease,omitempty"`   // its lease token: complete, fail, release
	Request string `json:"request,omitempty"` // the request id: create
	Batch   string `json:"batch,omitempty"`   // the bulk job: append, and at the end of create
	First   int    `json:"first,omitempty"`   // the first row: append
	Last    int    `json:"last,omitempty"`    // the last row: append
}

// Lease is a lease that a claim got or a heartbeat reported on.
type Lease struct {
	Job     string `json:"job"`
	Token   string `json:"token"`
	Attempt int32  `json:"attempt,omitempty"`
	Result  Result `json:"result,omitempty"` // OK or Refused, in a heartbeat
}

// Operation is a call with its end.
type Operation struct {
	Process string
	Kind    Kind
	Subject
	// Call and Return are times of the machine's monotonic clock in nanoseconds. Return is Never for a call whose
	// caller died in it.
	Call, Return int64
	Result       Result
	Error        string // what Rejected and Unknown said
	Leases       []Lease
}

// Never is the Return of a call without an end.
const Never int64 = math.MaxInt64

// line is a line of a history file: the beginning of call N, with a kind, or its end, with a result.
type line struct {
	N    int64 `json:"n"`
	At   int64 `json:"at"`
	Kind Kind  `json:"kind,omitempty"`
	Subject
	Result Result  `json:"result,omitempty"`
	Error  string  `json:"error,omitempty"`
	Leases []Lease `json:"leases,omitempty"`
}
