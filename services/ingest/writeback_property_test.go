package ingest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

// step is something that happens to a sheet while it is read and written.
type step struct {
	What   string
	Place  int           // which row, column, or video job
	Race   bool          // not now, but between the next look at the sheet and the write after it
	Before time.Duration // since the step before
}

func steps(race ...string) *rapid.Generator[[]step] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		s := step{
			What: rapid.SampledFrom([]string{
				"sort", "reverse", "insert row", "delete row", "insert column", "note", "move", "move", "move", "finish some",
				"unavailable", "html", "dropped", "dropped after", "slow", "truncated", "lost",
			}).Draw(t, "what"),
			Place: rapid.IntRange(0, 11).Draw(t, "place"), Before: time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond,
		}
		s.Race = slices.Contains(race, s.What) && rapid.Bool().Draw(t, "race")
		return s
	}), 0, 25)
}

// racing is a transport that does something just before a write reaches the sheet.
type racing struct {
	http.RoundTripper
	mu     sync.Mutex
	todo   []func()
	flying atomic.Int32 // requests under way
}

func (r *racing) RoundTrip(req *http.Request) (*http.Response, error) {
	r.flying.Add(1)
	defer r.flying.Add(-1)
	if req.Method == http.MethodPost {
		r.mu.Lock()
		todo := r.todo
		r.todo = nil
		r.mu.Unlock()
		for _, do := range todo {
			do()
		}
	}
	return r.RoundTripper.RoundTrip(req)
}

// troubled is a sheet that is edited by a person, of whose cells it keeps a copy.
type troubled struct {
	sheet *emulator.Emulator
	race  *racing
	own   []map[string]any // the person's cells of each row, by header
	rows  int              // how many were ever made
	wrong []string
}

// edit changes the rows below the header, and the copy in the same way.
func (s *troubled) edit(change func(own []map[string]any, head []any, body [][]any) ([]map[string]any, [][]any)) {
	err := s.sheet.Edit("demo", "Ideas", func(rows [][]any) [][]any {
		for len(rows) <= len(s.own) {
			rows = append(rows, nil) // empty ones at the end are left out
		}
		var body [][]any
		s.own, body = change(s.own, rows[0], rows[1:])
		return append([][]any{rows[0]}, body...)
	})
	if err != nil {
		s.wrong = append(s.wrong, err.Error())
	}
}

// shuffle puts rows into another order.
func (s *troubled) shuffle(less func(a, b map[string]any) int) {
	s.edit(func(own []map[string]any, head []any, body [][]any) ([]map[string]any, [][]any) {
		order := make([]int, len(own))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return less(own[a], own[b]) })
		var newOwn []map[string]any
		var newBody [][]any
		for _, i := range order {
			newOwn, newBody = append(newOwn, own[i]), append(newBody, body[i])
		}
		return newOwn, newBody
	})
}

func (s *troubled) apply(what string, place int) {
	title := func(m map[string]any) string { t, _ := m["Title"].(string); return t }
	switch what {
	case "sort":
		s.shuffle(func(a, b map[string]any) int { return cmp.Compare(title(a), title(b)) })
	case "reverse":
		s.shuffle(func(a, b map[string]any) int { return cmp.Compare(title(b), title(a)) })
	case "insert row":
		s.rows++
		row := map[string]any{"ID": fmt.Sprintf("new%d", s.rows), "Title": fmt.Sprintf("%d added", s.rows), "Script": "Later.", "Note": "n"}
		s.edit(func(own []map[string]any, head []any, body [][]any) ([]map[string]any, [][]any) {
			var cells []any
			for _, h := range head {
				name, _ := h.(string)
				cells = append(cells, row[name])
			}
			at := place % (len(own) + 1)
			return slices.Insert(own, at, row), slices.Insert(body, at, cells)
		})
	case "delete row":
		s.edit(func(own []map[string]any, head []any, body [][]any) ([]map[string]any, [][]any) {
			if len(own) < 3 {
				return own, body
			}
			at := place % len(own)
			return slices.Delete(own, at, at+1), slices.Delete(body, at, at+1)
		})
	case "note":
		s.edit(func(own []map[string]any, head []any, body [][]any) ([]map[string]any, [][]any) {
			if len(own) > 0 {
				at := place % len(own)
				if column := slices.Index(head, any("Note")); column >= 0 {
					for len(body[at]) <= column {
						body[at] = append(body[at], nil)
					}
					body[at][column], own[at]["Note"] = fmt.Sprint("note ", place), fmt.Sprint("note ", place)
				}
			}
			return own, body
		})
	case "insert column":
		if s.race.flying.Load() > 0 {
			return // see TestAColumnIsInsertedUnderAWrite
		}
		if err := s.sheet.Edit("demo", "Ideas", func(rows [][]any) [][]any {
			for i := range rows {
				if at := place % 5; at <= len(rows[i]) {
					rows[i] = slices.Insert(rows[i], at, any(nil))
				}
			}
			return rows
		}); err != nil {
			s.wrong = append(s.wrong, err.Error())
		}
	}
}

// fault makes the next request fail.
func (s *troubled) fault(what string) {
	faults := map[string]emulator.Fault{
		"unavailable": {Status: 503}, "html": {Status: 502, HTML: true}, "dropped": {Drop: true}, "dropped after": {Drop: true, Applied: true},
		"slow": {Slow: 5 * time.Second}, "truncated": {Truncate: true},
	}
	if f, ok := faults[what]; ok {
		s.sheet.Inject(f)
	}
}

// check compares the sheet with the copy, and looks on which rows results stand.
func (s *troubled) check(jobs map[string]string) {
	values, err := s.sheet.Values("demo", "Ideas")
	if err != nil {
		s.wrong = append(s.wrong, err.Error())
		return
	}
	for i, own := range s.own {
		got, results := map[string]any{}, map[string]any{}
		if i+1 < len(values) {
			for column, value := range values[i+1] {
				name, _ := values[0][column].(string)
				switch {
				case value == nil:
				case strings.HasPrefix(name, "Sheetreel "):
					results[name] = value
				default:
					got[name] = value
				}
			}
		}
		if diff := gocmp.Diff(own, got); diff != "" {
			s.wrong = append(s.wrong, fmt.Sprintf("cells of row %d (-written by a person +found):\n%s", i+2, diff))
		}
		id := own["ID"].(string)
		job, submitted := jobs[id]
		if submitted && (results["Sheetreel job"] != job || results["Sheetreel status"] != "completed") || !submitted && len(results) > 0 {
			s.wrong = append(s.wrong, fmt.Sprintf("row %d has the id %s, whose video job is %q, and says %v", i+2, id, job, results))
		}
	}
}

// live lets a sheet be imported and written while all that happens, and tells what went wrong.
func live(t *testing.T, all []step) (wrong []string) {
	synctest.Test(t, func(t *testing.T) {
		lines := []string{"ID|Title|Script|Note"}
		s := &troubled{}
		for i := range 8 {
			row := map[string]any{"ID": fmt.Sprintf("id%d", i), "Title": fmt.Sprintf("%d idea", (i*5)%8), "Script": "Words."}
			lines = append(lines, fmt.Sprintf("%s|%s|Words.|", row["ID"], row["Title"]))
			s.own = append(s.own, row)
		}
		var err error
		if s.sheet, err = emulator.New(book(lines...)); err != nil {
			t.Fatal(err)
		}
		s.race = &racing{RoundTripper: emulatortest.Transport(s.sheet)}
		scheduler := newFakeScheduler()
		service := newWriting(t, s.race, &granting{}, inProcess{scheduler}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		source := googleSheet("demo", "")
		source.Options = &ingestv1.ImportOptions{WriteBack: true}
		scheduler.waiting <- &fakeJob{job: &schedulerv1.BulkJob{Name: "projects/demo/bulkJobs/b1", Source: source}}
		early := min(len(all), 5)
		running.Go(func() {
			(&importer{worker: "w", imports: inProcess{scheduler}, reader: service.reader, timeout: 10 * time.Minute, log: testLog(t)}).run(ctx)
		})
		for _, e := range all[:early] {
			s.fault(e.What)
			s.apply(e.What, e.Place)
			if e.What == "lost" && len(scheduler.ended) == 0 {
				scheduler.steal()
			}
			wait(ctx, e.Before)
		}
		done := <-scheduler.ended
		if done.completed == nil {
			return // a sheet that cannot be read is another matter
		}
		fake := newResults("projects/demo/bulkJobs/b1", source, done.videoJobs, done.completed.GetReport())
		jobs := map[string]string{}
		for _, v := range fake.videos {
			if jobs[v.GetRowKey()] != "" {
				s.wrong = append(s.wrong, v.GetRowKey()+" was submitted twice")
			}
			jobs[v.GetRowKey()] = v.GetVideoJob().GetName()
		}
		service.deps.WriteBacks = fake
		write := func() (crash func()) {
			ctx, cancel := context.WithCancel(ctx)
			var writer sync.WaitGroup
			writer.Go(func() { service.writeBack(ctx) })
			return func() {
				cancel()
				writer.Wait()
				fake.steal()
			}
		}
		crash := write()
		defer func() { crash() }()
		for _, e := range all[early:] {
			wait(ctx, e.Before)
			switch {
			case e.What == "move":
				fake.move(e.Place % len(fake.videos))
			case e.What == "finish some":
				for i := range len(fake.videos) / 2 {
					fake.move(i)
				}
			case e.What == "lost":
				crash()
				crash = write() // another one takes over
			case e.Race:
				s.race.mu.Lock()
				s.race.todo = append(s.race.todo, func() { s.apply(e.What, e.Place) })
				s.race.mu.Unlock()
			default:
				s.fault(e.What)
				s.apply(e.What, e.Place)
			}
		}
		fake.finish()
		for range 7200 {
			if fake.done() {
				break
			}
			wait(ctx, time.Second)
		}
		if !fake.done() {
			s.wrong = append(s.wrong, fmt.Sprintf("after two hours not all is written: %v", fake.report))
		}
		s.check(jobs)
		wrong = s.wrong
	})
	return wrong
}

func TestResultsInSpiteOfEverything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := steps("sort", "reverse", "insert row", "delete row", "note").Draw(rt, "steps")
		if wrong := live(t, all); len(wrong) > 0 {
			rt.Fatalf("%s", strings.Join(wrong, "\n"))
		}
	})
}

// Between a look and a write Google Sheets lets anybody insert columns; then the write lands on a person's cells. As long
// as nothing else happens at the same moment, they are put back, even when nobody knows whether the write has come through.
func TestAColumnIsInsertedUnderAWrite(t *testing.T) {
	for _, c := range []struct {
		name    string
		write   int // 1 is of the headers, 2 of the results
		columns int
		fault   emulator.Fault
	}{
		{"headers", 1, 1, emulator.Fault{}},
		{"results", 2, 1, emulator.Fault{}},
		{"empty results", 2, 5, emulator.Fault{}},
		{"empty results, and no answer", 2, 5, emulator.Fault{Drop: true, Applied: true}},
		{"headers, and no answer", 1, 1, emulator.Fault{Drop: true, Applied: true}},
		{"results, and no answer", 2, 1, emulator.Fault{Drop: true, Applied: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := startWriting(t, book("ID|Note|More|Title|Script", "a|mine|1|Tea|Boil water.", "b|yours|2|Cake|Bake it."), func(b *writing) {
					race, writes := &racing{RoundTripper: emulatortest.Transport(b.sheet)}, 0
					var insert func()
					insert = func() {
						if writes++; writes < c.write {
							race.todo = append(race.todo, insert)
							return
						}
						if err := b.sheet.Edit("demo", "Ideas", func(rows [][]any) [][]any {
							for i := range rows {
								rows[i] = slices.Insert(rows[i], 1, make([]any, c.columns)...)
							}
							return rows
						}); err != nil {
							t.Error(err)
						}
						if c.fault != (emulator.Fault{}) {
							b.sheet.Inject(c.fault)
						}
					}
					race.todo = []func(){insert}
					b.transport = race
				})
				b.fake.finish()
				b.settle()
				b.end()
				for i, row := range b.table() {
					more, note, job := []string{"1", "2"}[i], []string{"mine", "yours"}[i], fmt.Sprintf("projects/demo/bulkJobs/b1/videoJobs/%04d", i)
					if row["More"] != more || row["Note"] != note || row["Title"] == nil || row["Script"] == nil || row["Sheetreel job"] != job || row["Sheetreel status"] != "completed" {
						t.Errorf("row %d: %v", i, row)
					}
				}
			})
		})
	}
}
