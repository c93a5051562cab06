// Package notice says what a webhook says: which events are worth one, what they are called, and the JSON that is sent.
// It is pure. Names and fields are part of the API, and only ever grow.
package notice

import (
	"slices"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
)

// Type is what happened. The numbers are stored.
type Type int32

// The types. Each is a bit, so that several make a Set.
const (
	Test              Type = 0
	VideoJobCompleted Type = 1 << (iota - 1)
	VideoJobFailed
	BulkJobCompleted
	BulkJobFailed
	BulkJobCancelled
	BulkJobPaused
)

// Set is any number of types; the empty one stands for all of them.
type Set int32

// All are the types that an endpoint can choose from.
func All() []Type {
	return []Type{VideoJobCompleted, VideoJobFailed, BulkJobCompleted, BulkJobFailed, BulkJobCancelled, BulkJobPaused}
}

// String is the name of the type in the API and in what is sent.
func (t Type) String() string {
	switch t {
	case VideoJobCompleted:
		return "video_job.completed"
	case VideoJobFailed:
		return "video_job.failed"
	case BulkJobCompleted:
		return "bulk_job.completed"
	case BulkJobFailed:
		return "bulk_job.failed"
	case BulkJobCancelled:
		return "bulk_job.cancelled"
	case BulkJobPaused:
		return "bulk_job.paused"
	}
	return "webhook_endpoint.test"
}

// ParseSet reads the names of types. Unknown ones come back as bad.
func ParseSet(names []string) (s Set, bad []string) {
	for _, name := range names {
		i := slices.IndexFunc(All(), func(t Type) bool { return t.String() == strings.TrimSpace(name) })
		if i < 0 {
			bad = append(bad, name)
			continue
		}
		s |= Set(All()[i])
	}
	return s, bad
}

// Names are the names of the types in the set; none when it stands for all.
func (s Set) Names() []string {
	var names []string
	for _, t := range All() {
		if s&Set(t) != 0 {
			names = append(names, t.String())
		}
	}
	return names
}

// Of gives the type of an event, if it is worth a notice: the end of a job, or the pause of a bulk job.
func Of(e *schedulerv1.JobEvent) (Type, bool) {
	switch e.GetType() {
	case schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED:
		switch e.GetVideoJobState() {
		case state.Completed:
			return VideoJobCompleted, true
		case state.Failed:
			return VideoJobFailed, true
		}
	case schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED:
		switch e.GetBulkJobState() {
		case state.BulkCompleted:
			return BulkJobCompleted, true
		case state.BulkFailed:
			return BulkJobFailed, true
		case state.BulkCancelled:
			return BulkJobCancelled, true
		case state.BulkPaused:
			return BulkJobPaused, true
		}
	}
	return Test, false
}
