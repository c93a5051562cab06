package writeback

import (
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// duplicateID is what rows say whose id is not theirs alone.
const duplicateID = "This id stands in several rows, so no result can be written. Give each row an id of its own."

// result is a video job's, with what its row should say.
type result struct {
	video     *schedulerv1.VideoJob
	key       string
	rowNumber int32
	values    values
}

func (r *result) skipped() bool { return r.video.GetState() == schedulerv1.VideoJob_SKIPPED }

// row is a row of data as it was seen.
type row struct {
	index   int    // in the tab, from 0
	key     string // empty when the row has none
	twice   bool   // its id stands in other rows too
	problem string // why it gives no idea; empty when it does
	ours    values
}

// seen is a table as it was seen.
type seen struct {
	layout layout
	first  int // row of data, from 0
	rows   []row
}

// plan is what is to be written, and what cannot be.
type plan struct {
	updates  []sheets.Update
	written  map[string]int32 // bulk job to rows that have, or are about to have, a result of it
	problems []*schedulerv1.WriteBack_WriteBackProblem
}

// results are all that is known, by row key and by video job.
type results struct {
	byKey map[string]*result
	byJob map[string]*result
}

// add takes a result. The newest counts for its row, but one that was skipped only when there is no other.
func (r *results) add(one *result) {
	r.byJob[one.video.GetName()] = one
	other := r.byKey[one.key]
	switch {
	case other == nil, other.video.GetName() == one.video.GetName():
	case other.skipped() != one.skipped():
		if one.skipped() {
			return
		}
	case newer(other.video.GetName(), one.video.GetName()):
		return
	}
	r.byKey[one.key] = one
}

// makePlan compares what rows say with what they should say. touched are the rows to which was written last, and before is
// what the rows with these keys said until then: what a write has covered on a wrong row is put back from it.
func makePlan(s seen, known results, before map[string]values, touched map[int]bool) plan {
	p := plan{written: map[string]int32{}}
	placed := map[string]bool{}
	twice := map[string]bool{}
	for _, r := range s.rows {
		want := known.byKey[r.key]
		if r.twice {
			twice[r.key] = true
			want = nil
		}
		if want != nil {
			placed[r.key] = true
		}
		old := before[r.key]
		if r.key == "" || !touched[r.index] && !r.strange(known) || known.byJob[old.job()] != nil {
			old = values{}
		}
		target := r.target(want, known, old)
		if want != nil && target == want.values {
			p.written[bulkOf(want.video.GetName())]++
		}
		p.updates = append(p.updates, s.layout.changes(r, target)...)
	}
	for key, one := range known.byKey {
		problem := &schedulerv1.WriteBack_WriteBackProblem{VideoJob: one.video.GetName(), RowNumber: one.rowNumber}
		switch {
		case placed[key]:
			continue
		case twice[key]:
			problem.Reason = schedulerv1.WriteBack_WriteBackProblem_ROW_DUPLICATE
		default:
			problem.Reason = schedulerv1.WriteBack_WriteBackProblem_ROW_MOVED
		}
		p.problems = append(p.problems, problem)
	}
	return p
}

// strange tells that a row says what belongs to another one: our write met a row that had just moved, or somebody has moved
// or copied cells.
func (r row) strange(known results) bool {
	other := known.byJob[r.ours.job()]
	return other != nil && (other.key != r.key || r.key == "") && ourWord(r.ours[columnStatus].String())
}

// target is what a row should say. want is the result that belongs to it, if any, and old what a bulk job of the past has
// written into it and our last write may have covered.
func (r row) target(want *result, known results, old values) values {
	stands := r.ours.job()
	strange := r.strange(known)
	switch {
	case want != nil && (strange || stands == "" || stands == want.video.GetName()):
		return want.values
	case want != nil && !want.skipped() && newer(want.video.GetName(), stands):
		return want.values
	case want != nil:
		return r.ours // a newer bulk job's, or one that was not skipped
	case strange:
		return old
	case stands != "":
		return r.ours
	case old.job() != "":
		return old
	case r.twice:
		return invalidValues(duplicateID)
	case r.problem != "":
		return invalidValues(r.problem)
	case r.ours[columnStatus].String() == wordInvalid:
		return values{} // it was mended, and waits for the next import
	}
	return r.ours
}

// changes are the cells by which a row's values become others: all of them, so that wherever they land they name their
// video job.
func (l layout) changes(r row, target values) []sheets.Update {
	if target == r.ours {
		return nil
	}
	var all []sheets.Update
	for i := range target {
		all = append(all, sheets.Update{Row: r.index, Column: l.columns[i], Value: target[i]})
	}
	return all
}
