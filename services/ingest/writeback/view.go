package writeback

import (
	"context"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// Tab is a tab that can be looked at and written to; [sheets.Tab] is one.
type Tab interface {
	Read(ctx context.Context) (*sheets.Snapshot, error)
	Write(ctx context.Context, updates []sheets.Update) error
	AddColumns(ctx context.Context, n int) error
}

// Reading is how the rows of a table are understood: as the import has understood them.
type Reading struct {
	// Map finds the header and says which column feeds which field.
	Map func(*source.Table) (*mapping.Header, error)
	// Watch tells of every row that is not blank.
	Watch func(ctx context.Context, t *source.Table, h *mapping.Header, watch func(validate.RowState)) error
}

// view is a range of ideas, with all that is known of its results.
type view struct {
	tab     Tab
	reading Reading
	report  *ingestv1.ImportReport // of the import; nil while it goes on

	known  results
	before map[string]values // what the rows said at the last look, or before a write covered it
	last   *written          // until a look has found that it covers nothing
	dirty  bool              // something has changed since a look found nothing to do
	retry  time.Time         // not before
}

// look finds the rows of a tab and our columns.
func (v *view) look(ctx context.Context, snap *sheets.Snapshot) (seen, error) {
	header, err := v.reading.Map(snap.Table)
	if err != nil {
		return seen{}, err
	}
	fields := fieldsOf(header)
	if err := checkHeader(v.report, fields); err != nil {
		return seen{}, err
	}
	first := snap.Table.FirstRow - 1 + header.First()
	s := seen{layout: findColumns(snap.Rows, header.Row-1, first), first: first}
	ids := map[string]int{}
	err = v.reading.Watch(ctx, snap.Table, header, func(state validate.RowState) {
		r := row{index: state.Number - 1, key: state.Key, problem: state.Problem}
		if state.ID != "" {
			r.key = state.ID
			ids[state.ID]++
		}
		r.ours = s.layout.at(snap.Rows, r.index)
		s.rows = append(s.rows, r)
	})
	for i, r := range s.rows {
		s.rows[i].twice = ids[r.key] > 1
	}
	return s, err
}

// outcome is what one look at the sheet, and the write after it, have brought.
type outcome struct {
	plan
	clean bool // there was nothing to write
}

// cycle looks once and writes once.
func (v *view) cycle(ctx context.Context) (outcome, error) {
	snap, err := v.tab.Read(ctx)
	if err != nil {
		return outcome{}, err
	}
	// Columns may have moved under our last write. First things first: what was covered, maybe the header, is put back, then
	// we look again.
	if repairs := v.last.repairs(snap.Rows); len(repairs) > 0 {
		if err := v.tab.Write(ctx, repairs); err != nil {
			return outcome{}, err
		}
		v.last = nil
		return outcome{}, nil
	}
	s, err := v.look(ctx, snap)
	if err != nil {
		return outcome{}, err
	}
	p := makePlan(s, v.known, v.before, v.last.touched())
	v.remember(s)
	if len(p.updates) == 0 {
		v.last = nil
		return outcome{plan: p, clean: true}, nil
	}
	if s.layout.width > snap.Width {
		return outcome{plan: p}, v.tab.AddColumns(ctx, s.layout.width-snap.Width)
	}
	updates := p.updates
	if len(s.layout.create) > 0 {
		updates = s.layout.create // alone: they are looked at before anything is written below them
	}
	v.last = &written{updates: updates, rows: snap.Rows, header: s.layout.header, first: s.first}
	if err := v.tab.Write(ctx, updates); err != nil {
		return outcome{}, err // it may have been written all the same
	}
	v.last.sure = true
	return outcome{plan: p}, nil
}

// remember keeps what rows say. Of those that say what belongs to another row, what they said until then stays.
func (v *view) remember(s seen) {
	before := map[string]values{}
	for _, r := range s.rows {
		if r.key == "" || r.twice {
			continue
		}
		before[r.key] = r.ours
		if old, ok := v.before[r.key]; ok && r.strange(v.known) {
			before[r.key] = old
		}
	}
	v.before = before
}
