package ledger

import (
	"github.com/google/uuid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook/notice"
)

// Notice is an event for those webhook endpoints of its project that are enabled and want its type. Each gets a PENDING
// delivery of this id, due at once.
type Notice struct {
	Project, ID string
	Type        notice.Type
	Body        []byte
}

// notify prepares a notice of an event that was just recorded, if anybody of the project hears any.
func (w *work) notify(b *Bulk, event *schedulerv1.JobEvent) error {
	kind, worth := notice.Of(event)
	if !worth || !b.Webhooks {
		return nil
	}
	// The event is stored by now, where it needs no whole names.
	event.BulkJob = b.Name()
	if event.GetVideoJob() != "" {
		event.VideoJob = store.VideoKey{BulkKey: b.BulkKey, Video: event.GetVideoJob()}.Name()
	}
	n := b.Counts
	body, err := notice.Body(kind, store.ProjectName(b.Project), event, notice.Counts{
		Total: n.Total, Pending: n.Pending, Running: n.Running, Completed: n.Completed, Failed: n.Failed, Skipped: n.Skipped, Cancelled: n.Cancelled,
	})
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	w.out.Notices = append(w.out.Notices, Notice{b.Project, id.String(), kind, body})
	w.wakes(store.TopicWebhooks)
	return nil
}
