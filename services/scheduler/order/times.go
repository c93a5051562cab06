package order

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// NotBefore is the time before which the video job of an idea does not start: the later one of its bulk job's and its
// own. Zero is none.
func NotBefore(b *schedulerv1.BulkJob, idea *ingestv1.Idea) time.Time {
	return later(at(b.GetNotBeforeTime()), at(idea.GetNotBeforeTime()))
}

// Wanted is the time when the video of an idea is wanted: the earlier one of its bulk job's and its own. Zero is none.
func Wanted(b *schedulerv1.BulkJob, idea *ingestv1.Idea) time.Time {
	all, own := at(b.GetDueTime()), at(idea.GetDueTime())
	if all.IsZero() || !own.IsZero() && own.Before(all) {
		return own
	}
	return all
}

func at(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
