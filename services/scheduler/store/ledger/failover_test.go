package ledger

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// younger is a database that is behind what a book remembers of another one, and has gone on from there.
type younger struct {
	Tx
	page  *Page
	last  string // the newest video job
	rows  []string
	reads []string
}

func (y *younger) Pages(context.Context, []PageKey) ([]*Page, error) {
	y.reads = append(y.reads, "pages")
	return []*Page{y.page}, nil
}

func (y *younger) LastVideo(context.Context, store.BulkKey) (id, top string, err error) {
	return y.last, y.last, nil
}

func (y *younger) RowKeys(context.Context, store.BulkKey) (all []byte, err error) {
	y.reads = append(y.reads, "row keys")
	for _, row := range y.rows {
		key := RowKey(row)
		all = append(all, key[:]...)
	}
	return all, nil
}

func pageOf(videos ...string) *Page {
	p := &Page{PageKey: PageKey{Last: int64(len(videos))}, Videos: videos}
	for _, v := range videos {
		p.Ideas = append(p.Ideas, &ingestv1.Idea{Title: "idea of " + v})
	}
	return p
}

func TestPageThatIsNoLongerThereIsReadAgain(t *testing.T) {
	for name, test := range map[string]struct {
		remembered, stored *Page
		reads              []string
		wrong              string
	}{
		"the same page":        {pageOf("a", "b"), pageOf("a", "b"), nil, ""},
		"another page":         {pageOf("x", "y"), pageOf("a", "b"), []string{"pages"}, ""},
		"a page half the same": {pageOf("a", "y"), pageOf("a", "b"), []string{"pages"}, ""},
		"a shorter page":       {pageOf("b"), pageOf("a", "b"), []string{"pages"}, ""},
		"no page of the job":   {pageOf("x", "y"), pageOf("x", "y"), []string{"pages"}, "another video job is at its place"},
	} {
		t.Run(name, func(t *testing.T) {
			y := &younger{page: test.stored}
			book := New(database{tx: y}, 1, Options{}, func([]string) {})
			test.remembered.Last = test.stored.Last
			book.pages.Add(test.remembered.PageKey, test.remembered)
			var jobs []*Job
			for i, v := range []string{"a", "b"} {
				jobs = append(jobs, &Job{VideoKey: store.VideoKey{Video: v}, Position: int64(i + 1), LastOnPage: 2})
			}
			for range 2 { // what was read again is remembered
				err := book.fill(t.Context(), y, jobs)
				if test.wrong != "" {
					if err == nil || !strings.Contains(err.Error(), test.wrong) {
						t.Errorf("error = %v, want %q", err, test.wrong)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, j := range jobs {
				if got, want := j.Idea.GetTitle(), "idea of "+j.Video; got != want {
					t.Errorf("%s has the %s", j.Video, got)
				}
			}
			if !slices.Equal(y.reads, test.reads) {
				t.Errorf("read %v, want %v", y.reads, test.reads)
			}
		})
	}
}

func TestRowsThatAreNoLongerThereAreReadAgain(t *testing.T) {
	for name, test := range map[string]struct {
		total int32
		last  string
		again bool
	}{
		"as remembered":                    {2, "b", false},
		"somebody has appended":            {3, "c", true},
		"as many, but others":              {2, "y", true},
		"none, as none are there any more": {0, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			y := &younger{last: test.last, rows: []string{"stored"}}
			book := New(database{tx: y}, 1, Options{}, func([]string) {})
			bulk := &Bulk{Counts: store.Counts{Total: test.total}}
			remembered, stored := map[[16]byte]struct{}{RowKey("remembered"): {}}, map[[16]byte]struct{}{RowKey("stored"): {}}
			book.rows.Add(bulk.BulkKey, &knownRows{total: 2, last: "b", keys: remembered})
			got, err := newWork(book, y, time.Now()).knownOf(t.Context(), bulk)
			if err != nil {
				t.Fatal(err)
			}
			want := remembered
			if test.again {
				want = stored
			}
			if !maps.Equal(got.keys, want) || len(y.reads) > 0 != test.again || test.again && got.last != test.last {
				t.Errorf("knows %v and the last one as %q after reading %v", got.keys, got.last, y.reads)
			}
		})
	}
}
