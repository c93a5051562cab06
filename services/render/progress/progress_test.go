package progress_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/render/progress"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

func tracker(tell func(provider.Progress)) *progress.Tracker {
	return progress.New(tell, progress.Stage{Name: "plan", Weight: 2}, progress.Stage{Name: "frames", Weight: 70}, progress.Stage{Name: "sound", Weight: 8})
}

func TestStagesSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last provider.Progress
		p := tracker(func(now provider.Progress) { last = now })
		p.Work("plan", 1)
		p.Work("frames", 0)
		time.Sleep(time.Second)
		p.Work("sound", 1) // 10 of 80 parts in one second
		if last.Stage != "frames" || last.Percent != 12.5 || last.ETA != 7*time.Second {
			t.Errorf("progress is %+v", last)
		}
		p.Gift("frames", 0.5) // 45 of 80 parts, of which 35 took no time
		time.Sleep(time.Second)
		p.Work("frames", 0.75)
		if last.Percent != 78.125 || last.ETA > 2*time.Second {
			t.Errorf("progress is %+v", last)
		}
		p.Work("frames", 1)
		if last.Percent != 100 || last.ETA != 0 {
			t.Errorf("progress is %+v", last)
		}
	})
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		p := tracker(func(provider.Progress) { told++ })
		p.Work("plan", 0.5)
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		p.Run(ctx)
		if told != 3 {
			t.Errorf("told %d times", told)
		}
		for i := range 1000 {
			p.Work("frames", float64(i)/2000)
		}
		if told != 4 {
			t.Errorf("told %d times, though no time passed", told)
		}
	})
}

// TestNeverBackwards draws any order of any reports.
func TestNeverBackwards(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(*testing.T) {
			var last provider.Progress
			p := tracker(func(now provider.Progress) {
				if now.Percent < last.Percent || now.Percent > 100 || last.ETA > 0 && now.ETA > last.ETA {
					r.Fatalf("%+v after %+v", now, last)
				}
				last = now
			})
			for range rapid.IntRange(1, 60).Draw(r, "reports") {
				report := rapid.SampledFrom([]func(string, float64){p.Work, p.Gift}).Draw(r, "report")
				report(rapid.SampledFrom([]string{"plan", "frames", "sound", "unknown"}).Draw(r, "stage"), rapid.Float64Range(-1, 2).Draw(r, "part"))
				time.Sleep(time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(r, "pause")))
			}
		})
	})
}
