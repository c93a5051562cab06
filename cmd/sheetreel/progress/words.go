package progress

import (
	"fmt"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// StateWord says a video job's state as a person would.
func StateWord(state schedulerv1.VideoJob_State) string {
	switch state {
	case schedulerv1.VideoJob_QUEUED:
		return "queued"
	case schedulerv1.VideoJob_RATE_LIMITED:
		return "waiting"
	case schedulerv1.VideoJob_DISPATCHED:
		return "started"
	case schedulerv1.VideoJob_IN_PROGRESS:
		return "rendering"
	case schedulerv1.VideoJob_RETRYING:
		return "retrying"
	case schedulerv1.VideoJob_COMPLETED:
		return "done"
	case schedulerv1.VideoJob_FAILED:
		return "failed"
	case schedulerv1.VideoJob_CANCELLED:
		return "cancelled"
	case schedulerv1.VideoJob_SKIPPED:
		return "left out"
	}
	return state.String()
}

// BatchWord says a bulk job's state as a person would.
func BatchWord(state schedulerv1.BulkJob_State) string {
	switch state {
	case schedulerv1.BulkJob_PENDING:
		return "waiting"
	case schedulerv1.BulkJob_INGESTING:
		return "reading the sheet"
	case schedulerv1.BulkJob_RUNNING:
		return "running"
	case schedulerv1.BulkJob_PAUSED:
		return "paused"
	case schedulerv1.BulkJob_COMPLETED:
		return "finished"
	case schedulerv1.BulkJob_FAILED:
		return "failed"
	case schedulerv1.BulkJob_CANCELLED:
		return "cancelled"
	}
	return state.String()
}

// Length writes a time span for people: 8 s, 1:05 min, 2:03 h.
func Length(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
}
