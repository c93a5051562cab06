package ledger

import (
	"context"
	"fmt"
	"math"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// ProjectHistory is a part of the history of a project, of one moment.
type ProjectHistory struct {
	Pages []ProjectPage
	End   store.ProjectPlace // everything up to here is complete
	Held  bool               // there are pages after the end
}

// ProjectPage is a page of events with its place in the history of its project.
type ProjectPage struct {
	EventPage
	Place store.ProjectPlace
}

// historian is what a Reader knows of projects.
type historian interface {
	// ProjectHistory reads up to limit pages of a project's history after a place and up to its end, in order.
	ProjectHistory(ctx context.Context, project string, after store.ProjectPlace, limit int) (ProjectHistory, error)
}

// compactor is how a Tx shortens histories.
type compactor interface {
	// NextUncompacted locks a bulk job that ended before a time and whose history is not compacted to its end, or
	// returns ErrNotFound. Those that others have locked are stepped over.
	NextUncompacted(ctx context.Context, endedBefore time.Time) (Uncompacted, error)
	// Compact stores what became of pages of its history: the changed ones, and those without a Raw not at all.
	Compact(ctx context.Context, u Uncompacted, changed []EventPage) error
}

// Uncompacted is a bulk job on the way to a compact history.
type Uncompacted struct {
	store.BulkKey
	After int64 // compact up to this sequence number
	Done  bool  // and to the end
}

// pagesAtOnce is how many pages of events are read at once.
const pagesAtOnce = 16

// ProjectEnd implements store.Store.
func (b *Book) ProjectEnd(ctx context.Context, project string) (end store.ProjectPlace, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		h, err := r.ProjectHistory(ctx, project, store.ProjectPlace{}, 0)
		end = h.End
		return err
	})
	return end, err
}

// ProjectEvents implements store.Store.
func (b *Book) ProjectEvents(ctx context.Context, project string, after store.ProjectPlace, limit int) (out store.ProjectEvents, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		h, err := r.ProjectHistory(ctx, project, after, pagesAtOnce)
		if err != nil {
			return err
		}
		if after.Turn > h.End.Turn {
			return store.ErrPlaceAhead
		}
		out = store.ProjectEvents{Next: h.End, Held: h.Held}
		size := 0
		for _, p := range h.Pages {
			events, err := p.events(0, math.MaxInt)
			if err != nil {
				return err
			}
			if size += len(p.Raw); len(out.Events) > 0 && (len(out.Events)+len(events) > limit || size > pageBytes) {
				break
			}
			out.Events, out.Next = append(out.Events, events...), p.Place
		}
		return nil
	})
	return out, err
}

// CompactEvents implements store.Store.
func (b *Book) CompactEvents(ctx context.Context, endedBefore, now time.Time) (more bool, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		more = false
		u, err := w.NextUncompacted(ctx, endedBefore)
		if err != nil {
			return orNone(err)
		}
		more = true
		pages, err := w.EventPages(ctx, u.BulkKey, u.After, pagesAtOnce)
		if err != nil {
			return err
		}
		var changed []EventPage
		for _, p := range pages {
			u.After = p.Last
			dropped, err := p.dropProgress()
			if err != nil {
				return err
			}
			if dropped {
				changed = append(changed, p)
			}
		}
		u.Done = len(pages) < pagesAtOnce
		return w.Compact(ctx, u, changed)
	})
	return more, err
}

// dropProgress takes the progress events out of a page, and tells whether there were any. When nothing else is left,
// neither is its Raw.
func (p *EventPage) dropProgress() (dropped bool, err error) {
	all, err := delimited(p.Raw, func() *schedulerv1.JobEvent { return &schedulerv1.JobEvent{} })
	if err != nil {
		return false, fmt.Errorf("events %d to %d of %s: %w", p.First, p.Last, p.Name(), err)
	}
	var rest []byte
	for _, e := range all {
		if e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_PROGRESS {
			dropped = true
			continue
		}
		if rest, err = appendDelimited(rest, e); err != nil {
			return false, err
		}
	}
	if dropped {
		p.Raw = rest
	}
	return dropped, nil
}
