package storetest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func memoryTests() map[string]func(*bundle) {
	return map[string]func(*bundle){
		"rows are submitted once a source":                 rowsSubmittedOnce,
		"rows that came to nothing are submitted again":    rowsSubmittedAgain,
		"a reader who takes over finds the same rows":      rowsTakenOver,
		"two imports of one source submit a row once":      rowsTogether,
		"what a source has no more is forgotten by and by": rowsForgotten,
		"a row goes with its deleted bulk job if unmade":   rowsOfDeleted,
	}
}

// said is the digest of what a row says.
func said(text string) (h store.Hash) {
	sum := sha256.Sum256([]byte(text))
	copy(h[:], sum[:])
	return h
}

var sheet = store.SourceKey{Project: "demo", Source: said("sheet")}

// rowsSaying makes rows of words such as "a=text": the row key, and what the row says. "a!text" is skipped from the start.
func rowsSaying(words string) (all []store.NewVideo) {
	for i, word := range strings.Fields(words) {
		key, text, ok := strings.Cut(word, "=")
		v := ideas(1)[0]
		if !ok {
			key, text, _ = strings.Cut(word, "!")
			v.Skip = failure(0).Error
		}
		v.Idea.RowKey, v.Idea.RowNumber, v.Content = key, int32(i+2), said(text)
		all = append(all, v)
	}
	return all
}

// imports imports words into a new bulk job, and tells of each row by its kind, with + when it was submitted and * when
// its earlier video job is known.
func (b *bundle) imports(words string, all bool, removed ...string) (store.BulkKey, string) {
	b.Helper()
	bulk, lease := b.create("ada"), b.leaseImport()
	told := b.appends(lease, words, all)
	var gone []store.Hash
	for _, key := range removed {
		gone = append(gone, store.RowHash(key))
	}
	b.must(b.s.CompleteRemembered(b.ctx(), lease, sheet.Source, gone, &ingestv1.ImportReport{}, b.now))
	return bulk.BulkKey, told
}

func (b *bundle) appends(lease, words string, all bool) string {
	b.Helper()
	n, found, err := b.s.AppendRemembered(b.ctx(), lease, store.Remembered{Source: sheet.Source, All: all}, rowsSaying(words), place, b.now)
	b.must(err)
	submitted := 0
	for _, f := range found {
		if f.Submitted {
			submitted++
		}
	}
	if n > submitted {
		b.Errorf("%d were appended, %d submitted", n, submitted)
	}
	return tell(found)
}

func tell(found []store.ComparedRow) string {
	var words []string
	for _, f := range found {
		word := f.Kind.String()
		if f.Submitted {
			word += "+"
		}
		if f.Earlier != (store.VideoKey{}) {
			word += "*"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (b *bundle) want(what, got, want string) {
	b.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (b *bundle) recalled() (n int) {
	b.Helper()
	var after store.Hash
	for {
		some, err := b.s.RecallRows(b.ctx(), sheet, after, 2)
		b.must(err)
		if len(some) == 0 {
			return n
		}
		n, after = n+len(some), some[len(some)-1].Row
	}
}

func rowsSubmittedOnce(b *bundle) {
	compared := func(words string) string {
		b.Helper()
		var marks []store.RowMark
		for _, v := range rowsSaying(words) {
			marks = append(marks, store.RowMark{Row: store.RowHash(v.Idea.GetRowKey()), Content: v.Content, Skip: v.Skip != nil})
		}
		found, err := b.s.CompareRows(b.ctx(), sheet, false, marks)
		b.must(err)
		return tell(found)
	}
	b.want("before the first import", compared("a=1 b=2"), "NEW+ NEW+")
	first, told := b.imports("a=1 b=2 c=3 d!1", false)
	b.want("the first import", told, "NEW+ NEW+ NEW+ NEW+")
	b.want("a comparison", compared("b=2 a=other e=5"), "UNCHANGED* CHANGED+* NEW+")
	second, told := b.imports("a=other d!1 b=2 e=5", false, "c")
	b.want("the second import", told, "CHANGED+* UNCHANGED* UNCHANGED* NEW+")
	if got := b.bulk(first).Counts.Total; got != 4 {
		b.Errorf("the first bulk job has %d video jobs", got)
	}
	if got := b.bulk(second).Counts.Total; got != 2 {
		b.Errorf("the second bulk job has %d video jobs, want the changed and the new one", got)
	}
	if got := b.recalled(); got != 4 {
		b.Errorf("%d rows are there, want 4: one was removed", got)
	}
	third, told := b.imports("a=other b=2 c=3 d!1 e=5", false)
	b.want("nothing new, and a row that is back", told, "UNCHANGED* UNCHANGED* UNCHANGED* UNCHANGED* UNCHANGED*")
	b.wantBulk(third, state.BulkCompleted)
	if got := b.recalled(); got != 5 {
		b.Errorf("%d rows are there, want 5", got)
	}
	_, told = b.imports("a=other b=2", true)
	b.want("all rows again", told, "UNCHANGED+* UNCHANGED+*")

	// Others are not known by it.
	other, err := b.s.CompareRows(b.ctx(), store.SourceKey{Project: "other", Source: sheet.Source}, false, []store.RowMark{{Row: store.RowHash("a")}})
	b.must(err)
	b.want("in another project", tell(other), "NEW+")
}

func rowsSubmittedAgain(b *bundle) {
	first, _ := b.imports("a=1 b=2 c=3 d!1 e=5", false)
	leased := b.claim(2)
	b.must(b.s.Complete(b.ctx(), leased[0].Lease, result, b.now))
	_, err := b.s.Fail(b.ctx(), leased[1].Lease, failure(schedulerv1.FailureClass_PERMANENT), b.retryUpTo(0), b.now)
	b.must(err)
	all, _, err := b.s.ListVideoJobs(b.ctx(), first, 0, 10)
	b.must(err)
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, all[2].VideoKey, b.now)
	b.must(err)
	second, told := b.imports("a=1 b=2 c=3 d=1 e=5", false)
	b.want("one made, one failed, one cancelled, one skipped, one waiting", told, "UNCHANGED* AGAIN+* AGAIN+* AGAIN+* UNCHANGED*")
	rows, err := b.s.RecallRows(b.ctx(), sheet, store.Hash{}, 10)
	b.must(err)
	ends := map[state.Video]int{}
	for _, r := range rows {
		ends[r.State]++
	}
	if ends[state.Completed] != 1 || ends[schedulerv1.VideoJob_STATE_UNSPECIFIED] != 4 {
		b.Errorf("ends of the video jobs: %v, want one COMPLETED and four without an end", ends)
	}
	if got := b.bulk(second).Counts.Total; got != 3 {
		b.Errorf("%d video jobs, want 3", got)
	}
}

func rowsTakenOver(b *bundle) {
	b.imports("a=1 b=2", false)
	bulk, lease := b.create("ada"), b.leaseImport()
	b.want("the first reader", b.appends(lease, "a=changed b=2", false), "CHANGED+* UNCHANGED*")
	b.now = b.now.Add(2 * time.Minute)
	lease = b.leaseImport()
	b.want("the second reader", b.appends(lease, "a=changed b=2 c=3", false), "CHANGED+ UNCHANGED* NEW+")
	b.must(b.s.CompleteRemembered(b.ctx(), lease, sheet.Source, nil, &ingestv1.ImportReport{}, b.now))
	if got := b.bulk(bulk.BulkKey).Counts.Total; got != 2 {
		b.Errorf("%d video jobs, want 2", got)
	}
}

func rowsTogether(b *bundle) {
	const imports, rows = 4, 40
	var words []string
	for i := range rows {
		words = append(words, fmt.Sprintf("row%d=%d", i, i))
	}
	var group sync.WaitGroup
	bulks := make([]store.Bulk, imports)
	for i := range bulks {
		bulks[i] = b.create("ada")
		lease := b.leaseImport()
		group.Go(func() {
			mine := slices.Clone(words)
			if i%2 == 1 {
				slices.Reverse(mine)
			}
			for part := range slices.Chunk(mine, 10) {
				if _, _, err := b.s.AppendRemembered(b.ctx(), lease, store.Remembered{Source: sheet.Source}, rowsSaying(strings.Join(part, " ")), place, b.now); err != nil {
					b.Error(err)
				}
			}
			if err := b.s.CompleteRemembered(b.ctx(), lease, sheet.Source, nil, &ingestv1.ImportReport{}, b.now); err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	seen := map[string]int{}
	for _, bulk := range bulks {
		all, _, err := b.s.ListVideoJobs(b.ctx(), bulk.BulkKey, 0, 100)
		b.must(err)
		for _, v := range all {
			seen[v.Idea.GetRowKey()]++
		}
	}
	for key, n := range seen {
		if n != 1 {
			b.Errorf("%s was submitted %d times", key, n)
		}
	}
	if len(seen) != rows {
		b.Errorf("%d rows were submitted, want %d", len(seen), rows)
	}
}

func rowsForgotten(b *bundle) {
	b.imports("a=1 b=2", false)
	b.imports("a=1", false, "b", "never there")
	b.imports("a=1", false, "b") // removed already: that it was is not younger now
	forget := func(removed, unused time.Time) (total int) {
		b.Helper()
		for {
			n, err := b.s.ForgetRows(b.ctx(), removed, unused, 1)
			b.must(err)
			if n == 0 {
				return total
			}
			total += n
		}
	}
	if n := forget(b.now, b.now); n != 0 {
		b.Errorf("%d were forgotten too early", n)
	}
	later := b.now.Add(time.Millisecond)
	if n := forget(later, b.now); n != 1 {
		b.Errorf("%d were forgotten, want the removed one", n)
	}
	if n := forget(later, later); n != 2 || b.recalled() != 0 {
		b.Errorf("%d were forgotten, want the last row and the source", n)
	}
	_, told := b.imports("a=1", false)
	b.want("after it was forgotten", told, "NEW+")
}

func rowsOfDeleted(b *bundle) {
	first, _ := b.imports("a=1 b=2 c=3", false)
	b.must(b.s.Complete(b.ctx(), b.claim(1)[0].Lease, result, b.now))
	_, err := b.s.CancelBulkJob(b.ctx(), store.Request{}, first, b.now)
	b.must(err)
	b.must(b.s.DeleteBulkJob(b.ctx(), store.Request{}, first, b.now))
	for {
		more, err := b.s.Prune(b.ctx(), 2, b.now)
		b.must(err)
		if !more {
			break
		}
	}
	_, told := b.imports("a=1 b=2 c=3", false)
	b.want("after the bulk job is gone", told, "UNCHANGED NEW+ NEW+")
}

// BenchmarkAppend appends batches of 500 rows, with a memory of them and without.
func BenchmarkAppend(bench *testing.B, open func(testing.TB) store.Store) {
	for _, memory := range []bool{false, true} {
		bench.Run(fmt.Sprintf("memory=%v", memory), func(bench *testing.B) {
			s, now := open(bench), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
			bulk := store.Bulk{BulkKey: store.BulkKey{Project: "demo", ID: newID()}, User: "ada", Spec: &schedulerv1.BulkJob{}}
			if _, _, err := s.CreateBulkJob(bench.Context(), store.Request{}, bulk, now); err != nil {
				bench.Fatal(err)
			}
			if _, err := s.LeaseImport(bench.Context(), store.NewLease{ID: "lease", Worker: "reader", Until: now.Add(time.Hour)}, now); err != nil {
				bench.Fatal(err)
			}
			n := 0
			for bench.Loop() {
				jobs := ideas(500)
				for i := range jobs {
					jobs[i].Idea.RowKey = fmt.Sprint("row-", n)
					n++
				}
				var err error
				if memory {
					_, _, err = s.AppendRemembered(bench.Context(), "lease", store.Remembered{Source: sheet.Source}, jobs, place, now)
				} else {
					_, err = s.AppendVideoJobs(bench.Context(), "lease", jobs, place, now)
				}
				if err != nil {
					bench.Fatal(err)
				}
			}
			bench.ReportMetric(float64(n)/bench.Elapsed().Seconds(), "rows/s")
		})
	}
}
