package faults

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func config() Config {
	return Config{
		Seed: 7, Kills: 200, Stops: 30, Terms: 20, Restarts: 3, Schedulers: 3, Workers: 6,
		Lease: 3 * time.Second, SchedulerShare: 0.15,
	}
}

func TestTheSameSeedDrawsTheSameFaults(t *testing.T) {
	c := config()
	if diff := cmp.Diff(Plan(c), Plan(c)); diff != "" {
		t.Error(diff)
	}
	other := c
	other.Seed++
	if cmp.Equal(Plan(c), Plan(other)) {
		t.Error("another seed draws the same faults")
	}
}

func TestThePlanHasWhatIsAskedFor(t *testing.T) {
	c := config()
	kinds, targets := map[Kind]int{}, map[Target]int{}
	last := 0.0
	for _, f := range Plan(c) {
		kinds[f.Kind]++
		targets[f.Target]++
		if f.At < last || f.At <= 0 || f.At >= 1 {
			t.Errorf("%v comes after %v", f, last)
		}
		last = f.At
		if (f.Kind == Stop) != (f.For > c.Lease) {
			t.Errorf("%v is stopped for %v", f, f.For)
		}
		if (f.Kind == Restart) != (f.Target == Database) {
			t.Errorf("%v", f)
		}
		if f.Target == Worker && f.Index >= c.Workers || f.Target == Scheduler && f.Index >= c.Schedulers {
			t.Errorf("%v hits nobody", f)
		}
	}
	want := map[Kind]int{Kill: 200, Stop: 30, Terminate: 20, Restart: 3}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	for target, least := range map[Target]int{Worker: 150, Scheduler: 15, Enqueuer: 5, Database: 3} {
		if targets[target] < least || targets[target] != Count(Plan(c), target) {
			t.Errorf("%d faults hit the %s; want at least %d", targets[target], target, least)
		}
	}
}
