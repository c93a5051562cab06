package ledger

import (
	"fmt"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// EventPage holds consecutive events of a bulk job, as they are stored: each after its length, without the names
// that its place tells.
type EventPage struct {
	store.BulkKey
	First, Last int64
	Raw         []byte
}

// appendEvent adds an event to the last page of a list, or opens a new one. Its bulk job is left out, and its video
// job is the bare id.
func appendEvent(pages []*EventPage, k store.BulkKey, e *schedulerv1.JobEvent) ([]*EventPage, error) {
	var p *EventPage
	if n := len(pages); n > 0 && len(pages[n-1].Raw) < pageBytes && pages[n-1].Last-pages[n-1].First < 4*pageEntries {
		p = pages[n-1]
	} else {
		p = &EventPage{BulkKey: k, First: e.GetSequence()}
		pages = append(pages, p)
	}
	raw, err := appendDelimited(p.Raw, e)
	if err != nil {
		return nil, fmt.Errorf("event of %s: %w", k.Name(), err)
	}
	p.Raw, p.Last = raw, e.GetSequence()
	return pages, nil
}

// events gives the events of a page after a sequence number.
func (p EventPage) events(after int64) ([]*schedulerv1.JobEvent, error) {
	all, err := delimited(p.Raw, func() *schedulerv1.JobEvent { return &schedulerv1.JobEvent{} })
	if err != nil {
		return nil, fmt.Errorf("events %d to %d of %s: %w", p.First, p.Last, p.Name(), err)
	}
	for len(all) > 0 && all[0].GetSequence() <= after {
		all = all[1:]
	}
	bulk := p.Name()
	for _, e := range all {
		e.BulkJob = bulk
		if e.VideoJob != "" {
			e.VideoJob = store.VideoKey{BulkKey: p.BulkKey, Video: e.VideoJob}.Name()
		}
	}
	return all, nil
}
