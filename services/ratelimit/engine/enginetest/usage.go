package enginetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

func usage(t *testing.T, h Harness) {
	log := func(name string) *rule.Limit {
		return &rule.Limit{Rule: name, Algorithm: rule.SlidingLog, Capacity: 10, Period: time.Minute}
	}
	of := func(l *rule.Limit, project string, user int) engine.Line {
		key := "project=" + project
		if user > 0 {
			key += fmt.Sprintf(",user=u%d", user)
		}
		return engine.Line{Limit: l, Key: []byte(key), Tag: project}
	}
	t.Run("it lists the counters in use of a project by rule and key, by pages", func(t *testing.T) {
		b := setup(t, h)
		user, project := log("user"), log("project")
		var want []engine.Usage
		for i := range 7 {
			b.granted(need(int64(i+1), of(user, "p", i+1)))
			want = append(want, engine.Usage{
				Place: engine.Place{Rule: "user", Key: fmt.Sprintf("project=p,user=u%d", i+1)}, Used: int64(i + 1), Capacity: 10,
				Reset: time.Minute,
			})
		}
		b.granted(need(3, of(project, "p", 0)))
		b.granted(need(3, of(project, "q", 0)))
		b.granted(need(3, of(user, "q", 1)))
		first := engine.Usage{Place: engine.Place{Rule: "project", Key: "project=p"}, Used: 3, Capacity: 10, Reset: time.Minute}
		want = append([]engine.Usage{first}, want...)
		var got []engine.Usage
		var after engine.Place
		for {
			page, err := b.Usage(t.Context(), "project=p", after, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			if len(page) > 3 {
				t.Fatalf("a page of %d, want 3 at most", len(page))
			}
			got = append(got, page...)
			after = page[len(page)-1].Place
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("usage (-want +got):\n%s", diff)
		}
	})
	t.Run("what is free again is not in use", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(1, of(log("user"), "p", 1)))
		b.clock.Pass(time.Minute)
		if page, err := b.Usage(t.Context(), "project=p", engine.Place{}, 10); err != nil || len(page) > 0 {
			t.Errorf("%v, %v; want nothing", page, err)
		}
	})
}
