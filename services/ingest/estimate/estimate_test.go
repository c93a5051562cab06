package estimate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

func TestNarration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"":                                time.Duration(0),
		" ... — !":                        0,
		strings.Repeat("word ", 165):      time.Minute,
		"it's fine":                       2 * time.Minute / 165,
		"富士山の朝":                           time.Second,
		"커피를 마셔요.":                        2 * time.Minute / 165,
		"Visit 東京 now":                    2*time.Minute/165 + 2*time.Second/5,
		strings.Repeat("กา", 5):           2 * time.Second,
		"one-two three":                   2 * time.Minute / 165,
		"line\nbreak\ttab\u00a0and\u3000": 4 * time.Minute / 165,
	} {
		if got := Narration(text); got != want {
			t.Errorf("Narration(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestEstimate(t *testing.T) {
	wanted := &ingestv1.Idea{Script: "Hello there", Duration: durationpb.New(30 * time.Second)}
	spoken := &ingestv1.Idea{Description: strings.Repeat("word ", 165)}
	const (
		pace   = "at 165 words a minute (5 signs a second in scripts without spaces)."
		worker = "One render worker needs about 1.0 s for a second of video at 720p; more workers share the work."
	)
	for _, c := range []struct {
		name   string
		ideas  []*ingestv1.Idea
		prices *Prices
		video  time.Duration
		micros int64
		why    []string
	}{
		{"nothing", nil, &Prices{Currency: "USD"}, 0, 0, nil},
		{
			"free",
			[]*ingestv1.Idea{wanted},
			&Prices{Currency: "USD", Micros: map[string]int64{"render_second": 0}}, 30 * time.Second, 0,
			[]string{"The length of each video is as its row wants it.", worker, "Rendering has no price here, so it costs nothing."},
		},
		{
			"prices unknown",
			[]*ingestv1.Idea{spoken},
			nil, time.Minute, 0,
			[]string{"The length of the videos is estimated from the number of words " + pace, worker, "The cost is not estimated, because the prices could not be read."},
		},
		{
			"paid",
			[]*ingestv1.Idea{wanted, spoken},
			&Prices{Currency: "EUR", Micros: map[string]int64{"render_second": 500, "image": 40_000}}, 90 * time.Second, 45_000,
			[]string{
				"1 of 2 rows say how long their video is; the others are estimated from the number of words " + pace, worker,
				"What is paid for image is not in the estimate.", "90 render_second at 0.0005 EUR each: 0.045 EUR.",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sum Sum
			for _, idea := range c.ideas {
				sum.Add(idea)
			}
			e := sum.Estimate(c.prices)
			if got := e.GetVideoDuration().AsDuration(); got != c.video || e.GetCostMicros() != c.micros || int(e.GetVideoCount()) != len(c.ideas) {
				t.Errorf("%d videos of %v cost %d, want %d of %v for %d", e.GetVideoCount(), got, e.GetCostMicros(), len(c.ideas), c.video, c.micros)
			}
			if diff := cmp.Diff(c.why, e.GetExplanations()); diff != "" {
				t.Errorf("explanations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMoney(t *testing.T) {
	for micros, want := range map[float64]string{0: "0.00", 500: "0.0005", 1_500_000: "1.50", 45_000: "0.045", 12_000_000: "12.00"} {
		if got := money(micros); got != want {
			t.Errorf("money(%v) = %s, want %s", micros, got, want)
		}
	}
}
