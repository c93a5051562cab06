package former

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// bundle is an engine with a clock that stands still until told otherwise.
type bundle struct {
	*Engine
	time *manualClock
}

func setup(t *testing.T, cfg Config, rules ...rule.Rule) bundle {
	t.Helper()
	clock := &manualClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	cfg.Clock = clock.read
	if rules == nil {
		rules = []rule.Rule{perUser, perProject}
	}
	return bundle{New(rules, cfg), clock}
}

type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *manualClock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var (
	perUser = rule.Rule{
		Name: "user", Keys: []string{"project", "user"}, Algorithm: rule.SlidingLog, Capacity: 60, Period: time.Minute,
	}
	perProject = rule.Rule{
		Name: "project", Keys: []string{"project"}, Algorithm: rule.TokenBucket, Capacity: 300, Period: time.Minute,
	}
)

func user(name string) map[string]string { return map[string]string{"project": "p", "user": name} }

// left is what is left for a user, by limit, seen by a call of cost 1 that is given back.
func (b bundle) left(t *testing.T, name string) map[string]int64 {
	t.Helper()
	grant, err := b.Acquire(user(name), 1)
	if err != nil {
		t.Fatalf("acquire for %s: %v", name, err)
	}
	b.Cancel(grant.Permit)
	left := map[string]int64{}
	for _, l := range grant.Limits {
		left[l.Rule.Name] = l.Left + 1
	}
	return left
}

func (b bundle) wantLeft(t *testing.T, name string, user, project int64) {
	t.Helper()
	if diff := cmp.Diff(map[string]int64{"user": user, "project": project}, b.left(t, name)); diff != "" {
		t.Errorf("left for %s (-want +got):\n%s", name, diff)
	}
}

func (b bundle) mustAcquire(t *testing.T, name string, cost int64) string {
	t.Helper()
	grant, err := b.Acquire(user(name), cost)
	if err != nil {
		t.Fatalf("acquire %d for %s: %v", cost, name, err)
	}
	return grant.Permit
}

func (b bundle) wantExhausted(t *testing.T, name string, cost int64, retry time.Duration, limits ...string) {
	t.Helper()
	_, err := b.Acquire(user(name), cost)
	exhausted, ok := errors.AsType[*ExhaustedError](err)
	if !ok {
		t.Fatalf("acquire %d for %s: %v, want an ExhaustedError", cost, name, err)
	}
	var got []string
	for _, l := range exhausted.Limits {
		got = append(got, l.Rule.Name)
	}
	if diff := cmp.Diff(limits, got); diff != "" || exhausted.Retry != retry {
		t.Errorf("retry in %v, want %v; limits (-want +got):\n%s", exhausted.Retry, retry, diff)
	}
}

func TestAFloodChargesTheProjectOnlyWhatItWasGranted(t *testing.T) {
	b := setup(t, Config{})
	for range 500 {
		b.Acquire(user("ada"), 1)
	}
	b.wantExhausted(t, "ada", 1, time.Minute, "user")
	b.wantLeft(t, "bob", 60, 240)
}

func TestConcurrentCallsAreChargedExactly(t *testing.T) {
	b := setup(t, Config{})
	var granted [64]int
	var wg sync.WaitGroup
	for i := range granted {
		wg.Go(func() {
			for range 10 {
				if _, err := b.Acquire(user("ada"), 1); err == nil {
					granted[i]++
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range granted {
		sum += n
	}
	if sum != 60 {
		t.Errorf("%d granted, want 60", sum)
	}
	b.wantLeft(t, "bob", 60, 240)
}

func TestARefusedCostChangesNothing(t *testing.T) {
	b := setup(t, Config{})
	b.mustAcquire(t, "ada", 50)
	b.wantExhausted(t, "ada", 50, time.Minute, "user")
	b.wantLeft(t, "ada", 10, 250)
	b.mustAcquire(t, "ada", 10)
}

func TestTheLongestWaitOfThoseThatRefuse(t *testing.T) {
	b := setup(t, Config{})
	for _, name := range []string{"ada", "bob", "cyd", "dan", "eve"} {
		b.mustAcquire(t, name, 60)
	}
	b.wantExhausted(t, "fay", 2, 400*time.Millisecond, "project")
	b.wantExhausted(t, "ada", 2, time.Minute, "user", "project")
	b.time.advance(400*time.Millisecond - 1)
	b.wantExhausted(t, "fay", 2, 1, "project")
	b.time.advance(1)
	b.mustAcquire(t, "fay", 2)
}

func TestACostAboveACapacityNamesTheSmallest(t *testing.T) {
	b := setup(t, Config{})
	_, err := b.Acquire(user("ada"), 301)
	above, ok := errors.AsType[*CostError](err)
	if !ok || above.Rule.Name != "user" || above.Cost != 301 {
		t.Fatalf("error %v, want a CostError of limit user", err)
	}
	b.wantLeft(t, "ada", 60, 300)
}

func TestACallThatNothingCounts(t *testing.T) {
	b := setup(t, Config{})
	grant, err := b.Acquire(map[string]string{"user": "ada"}, 1_000_000)
	if err != nil || grant.Permit != "" || grant.Limits != nil {
		t.Errorf("grant %+v, error %v", grant, err)
	}
}

func TestStatus(t *testing.T) {
	b := setup(t, Config{})
	b.mustAcquire(t, "ada", 10)
	b.time.advance(time.Second)
	grant, err := b.Acquire(user("ada"), 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []Status{
		{Rule: perUser, Key: "project=p,user=ada", Left: 49, Reset: 59 * time.Second},
		{Rule: perProject, Key: "project=p", Left: 294, Reset: 200 * time.Millisecond},
	}
	if diff := cmp.Diff(want, grant.Limits); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// Calls that share shards in every order, cancels and sweeps end without a deadlock and without a lost charge.
func TestManyKeysAtOnce(t *testing.T) {
	var rules []rule.Rule
	for i := range 8 {
		rules = append(rules, rule.Rule{
			Name: fmt.Sprint("r", i), Keys: []string{"user"}, Algorithm: rule.SlidingLog, Capacity: 100_000, Period: time.Hour,
		})
	}
	b := setup(t, Config{}, rules...)
	const callers, calls = 16, 200
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for j := range calls {
				grant, err := b.Acquire(user(fmt.Sprint(j%10)), 1)
				if err != nil {
					t.Errorf("acquire: %v", err)
				}
				if j%2 == 1 {
					b.Cancel(grant.Permit)
				}
				if i == 0 && j%20 == 0 {
					b.runOnce()
				}
			}
		})
	}
	wg.Wait()
	for j := range 10 {
		grant, err := b.Acquire(user(fmt.Sprint(j)), 1)
		if err != nil {
			t.Fatal(err)
		}
		want := int64(100_000 - 1)
		if j%2 == 0 {
			want -= callers * calls / 10
		}
		for _, l := range grant.Limits {
			if l.Left != want {
				t.Errorf("user %d, limit %s: %d left, want %d", j, l.Rule.Name, l.Left, want)
			}
		}
	}
}
