package progress

import (
	"fmt"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Line is the plain line for an event, or "" for one that changes no state. Times are shown in the zone.
func Line(event *schedulerv1.JobEvent, zone *time.Location) string {
	text := bulkJobLine(event)
	if event.GetVideoJob() != "" {
		text = videoJobLine(event, zone)
	}
	if text == "" {
		return ""
	}
	return event.GetEventTime().AsTime().In(zone).Format(time.TimeOnly) + "  " + text
}

func bulkJobLine(event *schedulerv1.JobEvent) string {
	switch event.GetType() {
	case schedulerv1.JobEvent_BULK_JOB_CREATED:
		return "batch     created"
	case schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED:
		return "batch     " + BatchWord(event.GetBulkJobState()) + reason(event)
	case schedulerv1.JobEvent_BULK_JOB_PRIORITY_CHANGED:
		return "batch     priority " + strings.ToLower(event.GetPriority().String())
	case schedulerv1.JobEvent_BULK_JOB_DELETED:
		return "batch     deleted"
	}
	return ""
}

func videoJobLine(event *schedulerv1.JobEvent, zone *time.Location) string {
	switch event.GetType() {
	case schedulerv1.JobEvent_VIDEO_JOB_CREATED, schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED:
	default:
		return ""
	}
	line := fmt.Sprintf("row %4d  %-9s  %s", event.GetRowNumber(), StateWord(event.GetVideoJobState()), columns.Clean(event.GetTitle()))
	if next := event.GetNextAttemptTime(); next != nil {
		switch event.GetVideoJobState() {
		case schedulerv1.VideoJob_RATE_LIMITED:
			line += " (out of quota until " + next.AsTime().In(zone).Format(time.TimeOnly) + ")"
		case schedulerv1.VideoJob_RETRYING:
			line += fmt.Sprintf(" (attempt %d failed, next at %s)", event.GetAttempt(), next.AsTime().In(zone).Format(time.TimeOnly))
		}
	}
	return line + reason(event)
}

func reason(event *schedulerv1.JobEvent) string {
	message := columns.Clean(event.GetError().GetMessage())
	if message == "" {
		return ""
	}
	return ": " + strings.TrimRight(message, ".")
}

// Ended tells whether an event is the end of an attempt, a video or the batch: what a person wants to keep in view.
func Ended(event *schedulerv1.JobEvent) bool {
	if event.GetVideoJob() == "" {
		return event.GetType() == schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED && Finished(event.GetBulkJobState())
	}
	switch event.GetVideoJobState() {
	case schedulerv1.VideoJob_COMPLETED, schedulerv1.VideoJob_FAILED, schedulerv1.VideoJob_CANCELLED,
		schedulerv1.VideoJob_SKIPPED, schedulerv1.VideoJob_RETRYING:
		return true
	}
	return false
}
