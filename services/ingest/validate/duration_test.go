package validate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"45":               45 * time.Second,
		" 45 ":             45 * time.Second,
		"45s":              45 * time.Second,
		"45 s":             45 * time.Second,
		"45 sec.":          45 * time.Second,
		"45 Seconds":       45 * time.Second,
		`45"`:              45 * time.Second,
		"４５秒":              45 * time.Second,
		"0:45":             45 * time.Second,
		"00:45":            45 * time.Second,
		"1:05":             65 * time.Second,
		"90:00":            90 * time.Minute,
		"1:30:45":          time.Hour + 30*time.Minute + 45*time.Second,
		"0:00:45":          45 * time.Second,
		"5 min":            5 * time.Minute,
		"5m":               5 * time.Minute,
		"5 Minuten":        5 * time.Minute,
		"1.5 min":          90 * time.Second,
		"1,5 min":          90 * time.Second,
		"1 min 30 s":       90 * time.Second,
		"1m30s":            90 * time.Second,
		"1 min, 30 sec":    90 * time.Second,
		"1 minute and 5 s": 65 * time.Second,
		"1h 2m 3s":         time.Hour + 2*time.Minute + 3*time.Second,
		"2-3 min":          150 * time.Second,
		"2 – 3 min":        150 * time.Second,
		"2 to 3 minutes":   150 * time.Second,
		"30-45":            37500 * time.Millisecond,
		"30s-1min":         45 * time.Second,
		"0:30-0:45":        37500 * time.Millisecond,
		"~45 s":            45 * time.Second,
		"about 1 min":      time.Minute,
		"approx. 45s":      45 * time.Second,
		"0":                0,
		"99999 h":          99999 * time.Hour,
	} {
		if got, err := validate.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", "soon", "-5", "s", "45 x", "1 min 30", "30 s 1 min", "1 s 1 s", "1:60", "1:5", "1:60:00", "3-2 min",
		"1-2-3", "45 45", "1:2:3:4", "123456", "1.234 s", "0x10", "1e9", "∞", "NaN", "min", "5 minutes ago", "\x00",
	} {
		if got, err := validate.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"45", "0:45", "1:30:45", "2-3 min", "1h 2m 3s", "~1,5 min", "99999 h", "", "-", "4五秒"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := validate.ParseDuration(s)
		if err != nil {
			if d != 0 {
				t.Errorf("ParseDuration(%q) = %v with error %v", s, d, err)
			}
			return
		}
		if d < 0 || d%time.Millisecond != 0 {
			t.Errorf("ParseDuration(%q) = %v, want milliseconds from zero", s, d)
		}
		if again, err := validate.ParseDuration(d.Round(time.Second).String()); err != nil || again != d.Round(time.Second) {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", d.Round(time.Second).String(), again, err, d.Round(time.Second))
		}
	})
}

func FuzzParseScenes(f *testing.F) {
	for _, s := range []string{"One\nTwo", `["a", {"text": "b"}]`, "[", "[1]", `[null]`, "", "\xff\n\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		scenes, ok := validate.ParseScenes(s)
		if !ok && scenes != nil {
			t.Errorf("ParseScenes(%q) = %q although it is no list", s, scenes)
		}
		for _, scene := range scenes {
			if scene == "" || strings.ContainsAny(scene, "\n\r") {
				t.Errorf("ParseScenes(%q) has the scene %q", s, scene)
			}
		}
	})
}

func FuzzFlag(f *testing.F) {
	for _, s := range []string{"yes", "No!", "✓", "", "TRUE", "\u200b", "#N/A", "maybe"} {
		f.Add(s)
	}
	r := rules(f)
	f.Fuzz(func(t *testing.T, s string) {
		if yes, ok := r.Flag(source.Text(s)); yes && !ok {
			t.Errorf("Flag(%q) is yes, but not understood", s)
		}
	})
}

func TestDurationCells(t *testing.T) {
	for name, c := range map[string]struct {
		cell source.Cell
		want time.Duration // 0: refused
	}{
		"seconds":                      {source.Number(45), 45 * time.Second},
		"seconds with decimals":        {source.Number(12.5), 12500 * time.Millisecond},
		"45 seconds as a time":         {source.Number(45.0 / 86400).As(source.FormTime), 45 * time.Second},
		"a day's fraction":             {source.Number(45.0 / 86400), 45 * time.Second},
		"45:00 became hours":           {source.Number(1.875), 0},
		"30 hours shown as a duration": {source.Number(1.25).As(source.FormTime), 0},
		"two seconds":                  {source.Number(2), 2 * time.Second},
		"two days shown as a duration": {source.Number(2).As(source.FormTime), 0},
		"45:36 became hours":           {source.Number(1.9), 0},
	} {
		t.Run(name, func(t *testing.T) {
			result := runCells(t, "Title|Script|Duration", []source.Cell{source.Text("Tea"), source.Text("Boil fresh water."), c.cell})
			switch {
			case c.want == 0 && len(result.Rows) != 0:
				t.Errorf("it is %v, want a refusal", result.Rows[0].Idea.GetDuration().AsDuration())
			case c.want != 0 && (len(result.Rows) != 1 || result.Rows[0].Idea.GetDuration().AsDuration() != c.want):
				t.Errorf("rows %v, findings %v, want %v", result.Rows, result.Findings, c.want)
			}
		})
	}
}
