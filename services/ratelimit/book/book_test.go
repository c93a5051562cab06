package book

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const twoLimits = `limits:
  - {name: a, match: {action: x}, keys: [project, user], algorithm: sliding_log, capacity: 10, period: 60s,
     overrides: [{name: demo, values: {project: demo}, capacity: 20}]}
  - {name: b, algorithm: token_bucket, capacity: 5, period: 1s}
`

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// open opens a book of a file with two limits on a store.
func open(t testing.TB, store Store) *Book {
	t.Helper()
	path := filepath.Join(t.TempDir(), "limits.yaml")
	writeFile(t, path, twoLimits)
	return openFile(t, store, path, func() time.Time { return noon })
}

func openFile(t testing.TB, store Store, path string, clock func() time.Time) *Book {
	t.Helper()
	b, err := Open(t.Context(), Config{File: path}, Deps{Store: store, Log: slog.New(slog.DiscardHandler), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func setRule(r rule.Rule) func(*State) (string, []Change, error) {
	return func(s *State) (string, []Change, error) {
		target := Target{Limit: r.Name}
		return "set " + r.Name, []Change{{Target: target, Before: s.Made(target), After: &Item{Rule: &r}}}, nil
	}
}

func setOverride(limit string, o rule.Override) func(*State) (string, []Change, error) {
	return func(s *State) (string, []Change, error) {
		target := Target{limit, o.Name}
		return "override " + o.Name, []Change{{Target: target, Before: s.Made(target), After: &Item{Override: &o}}}, nil
	}
}

func drop(target Target) func(*State) (string, []Change, error) {
	return func(s *State) (string, []Change, error) {
		return "drop", []Change{{Target: target, Before: s.Made(target)}}, nil
	}
}

func log(name string, capacity int64) rule.Rule {
	return rule.Rule{Name: name, Keys: []string{"project", "user"}, Algorithm: rule.SlidingLog, Capacity: capacity, Period: time.Second, Outage: rule.LocalShare}
}

func mustChange(t testing.TB, b *Book, edit func(*State) (string, []Change, error)) Result {
	t.Helper()
	result, err := b.Change(t.Context(), Request{Actor: "ada"}, edit)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// inForce are the limits and their overrides as text.
func inForce(b *Book) []string {
	var all []string
	for _, r := range b.Set().Rules() {
		all = append(all, fmt.Sprintf("%s %s: %v", r.Name, r.Origin, r))
		for _, o := range r.Overrides {
			all = append(all, fmt.Sprintf("%s/%s %s: %d", r.Name, o.Name, o.Origin, o.Capacity))
		}
	}
	return all
}

func wantInForce(t testing.TB, b *Book, version int64, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, inForce(b)); diff != "" {
		t.Errorf("limits in force (-want +got):\n%s", diff)
	}
	if got := b.Set().Version(); got != version {
		t.Errorf("version %d, want %d", got, version)
	}
}

func TestLayers(t *testing.T) {
	store := &Memory{}
	b := open(t, store)
	of := []string{"a file: 10 in any 1m0s", "a/demo file: 20", "b file: 5 at once, refilled in 1s"}
	wantInForce(t, b, 1, of...)

	t.Run("a limit above the file's keeps its overrides", func(t *testing.T) {
		mustChange(t, b, setRule(log("a", 7)))
		wantInForce(t, b, 2, "a api: 7 in any 1s", of[1], of[2])
	})
	t.Run("a new limit and overrides", func(t *testing.T) {
		mustChange(t, b, setRule(log("c", 3)))
		mustChange(t, b, setOverride("c", rule.Override{Name: "o", Values: map[string]string{"user": "u"}, Capacity: 4}))
		mustChange(t, b, setOverride("a", rule.Override{Name: "demo", Values: map[string]string{"project": "demo"}, Capacity: 30}))
		wantInForce(t, b, 5, "a api: 7 in any 1s", "a/demo api: 30", of[2], "c api: 3 in any 1s", "c/o api: 4")
	})
	t.Run("deleting brings back what was below", func(t *testing.T) {
		mustChange(t, b, drop(Target{"a", "demo"}))
		mustChange(t, b, drop(Target{Limit: "a"}))
		wantInForce(t, b, 7, of[0], of[1], of[2], "c api: 3 in any 1s", "c/o api: 4")
	})
	t.Run("another replica finds the same", func(t *testing.T) {
		other := openFile(t, store, b.config.File, b.now)
		if diff := cmp.Diff(inForce(b), inForce(other)); diff != "" {
			t.Errorf("limits (-first +second):\n%s", diff)
		}
	})
	t.Run("an override whose limit is gone does not count", func(t *testing.T) {
		mustChange(t, b, drop(Target{Limit: "c"}))
		wantInForce(t, b, 8, of...)
		if unfit := b.State().Unfit["c"]; len(unfit) != 1 || unfit[0].Name != "o" {
			t.Errorf("unfit %v", unfit)
		}
	})
	t.Run("the history tells it all", func(t *testing.T) {
		versions, err := b.History(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range versions {
			got = append(got, fmt.Sprintf("%d %s %s %d", v.Number, v.Actor, strings.Fields(v.Description)[0], len(v.Changes)))
		}
		want := []string{"8 ada drop 1", "7 ada drop 1", "6 ada drop 1", "5 ada override 1", "4 ada override 1", "3 ada set 1", "2 ada set 1", "1 file the 0"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
	})
}

func TestABadChangeChangesNothing(t *testing.T) {
	b := open(t, nil)
	before := inForce(b)
	capped := rule.Rule{
		Name: "u", Keys: []string{"project"}, Algorithm: rule.TokenBucket, Capacity: 300, Period: time.Minute,
		Outage: rule.LocalShare, Upstream: rule.Upstream{Capacity: 300, Period: time.Minute},
	}
	_, err := b.Change(t.Context(), Request{}, setRule(capped))
	want := "rule u: upstream: allows 300 in any 60 s, and more could be sent: b: 5 at once + 5/s x 60 s = 304 > 300; u: 300 at once + 5/s x 60 s = 599 > 300"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	failed := errors.New("no")
	if _, err := b.Change(t.Context(), Request{}, func(*State) (string, []Change, error) { return "", nil, failed }); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	wantInForce(t, b, 1, before...)
}

func TestADryChangeOnlyTells(t *testing.T) {
	b := open(t, nil)
	before := inForce(b)
	result, err := b.Change(t.Context(), Request{Dry: true}, setRule(log("b", 9)))
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := result.After.Set.Rule("b"); r.Capacity != 9 {
		t.Errorf("it would be %v", r)
	}
	wantInForce(t, b, 1, before...)
}

func TestARequestIsDoneOnce(t *testing.T) {
	now := noon
	b := openFile(t, &Memory{}, "", func() time.Time { return now })
	change := func(id, sum string, capacity int64) (Result, error) {
		return b.Change(t.Context(), Request{ID: id, Sum: sum}, setRule(log("c", capacity)))
	}
	first, err := change("id", "sum", 1)
	if err != nil || first.Again {
		t.Fatalf("again %v, error %v", first.Again, err)
	}
	second, err := change("id", "sum", 1)
	if err != nil || !second.Again || second.Version.Number != first.Version.Number || b.Set().Version() != 2 {
		t.Errorf("the same again: %+v, error %v, version %d", second.Version, err, b.Set().Version())
	}
	if _, err := change("id", "other", 2); !errors.Is(err, ErrReused) {
		t.Errorf("error %v, want ErrReused", err)
	}
	now = now.Add(requestLife + 1)
	if later, err := change("id", "other", 2); err != nil || later.Again {
		t.Errorf("a day later: again %v, error %v", later.Again, err)
	}
}

// contested is a store in which another replica comes first a few times.
type contested struct {
	Memory
	other func()
	left  int
}

func (c *contested) Append(ctx context.Context, record Record, rows []Row, keep int) error {
	if c.left > 0 {
		c.left--
		c.other()
	}
	return c.Memory.Append(ctx, record, rows, keep)
}

func TestAChangeIsTriedAgainWhenAnotherReplicaComesFirst(t *testing.T) {
	store := &contested{}
	b := open(t, store)
	n := int64(0)
	store.other = func() {
		n++
		other := openFile(t, &store.Memory, b.config.File, b.now)
		mustChange(t, other, setRule(log(fmt.Sprint("other", n), n)))
	}
	store.left = 3
	mustChange(t, b, setRule(log("mine", 50)))
	got := inForce(b)
	if len(got) != 7 || b.Set().Version() != 5 {
		t.Errorf("version %d: %v", b.Set().Version(), got)
	}
	store.left = attempts
	if _, err := b.Change(t.Context(), Request{}, setRule(log("late", 1))); !errors.Is(err, ErrConflict) {
		t.Errorf("error %v, want ErrConflict", err)
	}
}

func TestRollback(t *testing.T) {
	b := open(t, nil)
	mustChange(t, b, setRule(log("a", 1)))
	mustChange(t, b, setOverride("a", rule.Override{Name: "o", Values: map[string]string{"user": "u"}, Capacity: 2}))
	before := inForce(b) // version 3
	mustChange(t, b, setRule(log("a", 3)))
	mustChange(t, b, setRule(log("n", 4)))
	mustChange(t, b, setRule(log("n", 5)))
	mustChange(t, b, drop(Target{"a", "o"}))
	result, err := b.Rollback(t.Context(), Request{Actor: "bob"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Version.Changes) != 3 || result.Version.Description != "rolled back to revision 3" {
		t.Errorf("version %+v", result.Version)
	}
	wantInForce(t, b, 8, before...)
	if _, err := b.Rollback(t.Context(), Request{}, 99); !errors.Is(err, ErrForgotten) {
		t.Errorf("error %v, want ErrForgotten", err)
	}
	if _, err := b.Rollback(t.Context(), Request{}, 7); err != nil { // what was rolled back comes again
		t.Fatal(err)
	}
	wantInForce(t, b, 9, "a api: 3 in any 1s", "a/demo file: 20", "b file: 5 at once, refilled in 1s", "n api: 5 in any 1s")
}
