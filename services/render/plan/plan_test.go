package plan

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/render/words"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden plans the ideas in testdata and compares with the storyboards beside them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.idea.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("ideas in testdata: %d, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".idea.json")
		t.Run(name, func(t *testing.T) {
			var idea ingestv1.Idea
			read(t, file, &idea)
			got, err := Plan(&idea, nil)
			if err != nil {
				t.Fatal(err)
			}
			check(t, got)
			golden := filepath.Join("testdata", name+".storyboard.json")
			if *update {
				write(t, golden, got)
			}
			var want storyboardv1.Storyboard
			read(t, golden, &want)
			if diff := cmp.Diff(&want, got, protocmp.Transform()); diff != "" {
				t.Errorf("storyboard of %s (-want +got; go test -update writes a new one):\n%s", file, diff)
			}
			again, err := Plan(&idea, nil)
			if err != nil || !proto.Equal(got, again) {
				t.Errorf("a second plan differs: %v", err)
			}
		})
	}
}

func TestCanvas(t *testing.T) {
	for _, tc := range []struct {
		ratio       string
		options     *schedulerv1.RenderOptions
		w, h, rate  int32
		wrong       string
		description string
	}{
		{description: "defaults", w: 720, h: 1280, rate: 30},
		{description: "portrait", ratio: "4:5", w: 720, h: 900, rate: 30},
		{description: "wide", ratio: "16:9", w: 1280, h: 720, rate: 30},
		{description: "square", ratio: "1:1", options: &schedulerv1.RenderOptions{Resolution: 1080, FrameRate: 60}, w: 1080, h: 1080, rate: 60},
		{description: "even", ratio: "9:16", options: &schedulerv1.RenderOptions{Resolution: 480}, w: 480, h: 854, rate: 30},
		{description: "odd ratio", ratio: "3:2", wrong: "aspect_ratio"},
		{description: "too small", options: &schedulerv1.RenderOptions{Resolution: 1}, wrong: "render_options.resolution"},
		{description: "too fast", options: &schedulerv1.RenderOptions{FrameRate: 61}, wrong: "render_options.frame_rate"},
	} {
		t.Run(tc.description, func(t *testing.T) {
			sb, err := Plan(&ingestv1.Idea{Title: "Tea", AspectRatio: tc.ratio}, tc.options)
			if tc.wrong != "" {
				wantUnrenderable(t, err, tc.wrong)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c := sb.GetCanvas()
			if c.GetWidth() != tc.w || c.GetHeight() != tc.h || c.GetFrameRate() != tc.rate {
				t.Errorf("canvas %v, want %dx%d at %d", c, tc.w, tc.h, tc.rate)
			}
		})
	}
}

func TestPlanRefuses(t *testing.T) {
	for _, tc := range []struct {
		name  string
		idea  *ingestv1.Idea
		field string
	}{
		{"nothing", nil, "script"},
		{"only space and control characters", &ingestv1.Idea{Title: " \t", Script: "\x00\u200b\n"}, "script"},
		{"only a call to action", &ingestv1.Idea{CallToAction: "Subscribe!"}, "script"},
		{"unknown style", &ingestv1.Idea{Title: "Tea", Style: "baroque"}, "style"},
		{"endless script", &ingestv1.Idea{Script: strings.Repeat("a ", maxScript)}, "script"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Plan(tc.idea, nil)
			wantUnrenderable(t, err, tc.field)
		})
	}
}

func TestNarrator(t *testing.T) {
	long := strings.Repeat("Green tea tastes best with water that is not too hot. ", 8)
	for _, tc := range []struct {
		name string
		idea *ingestv1.Idea
		want *storyboardv1.Narrator
	}{
		{"defaults", &ingestv1.Idea{Script: long}, &storyboardv1.Narrator{Voice: "auto", Language: "en", WordsPerMinute: 165}},
		{"no voice", &ingestv1.Idea{Script: long, Voice: "None"}, &storyboardv1.Narrator{Language: "en", WordsPerMinute: 165}},
		{"script gives language", &ingestv1.Idea{Script: "커피를 마셔요."}, &storyboardv1.Narrator{Voice: "auto", Language: "ko", WordsPerMinute: 165}},
		{"own voice", &ingestv1.Idea{Script: long, Voice: "en-gb-scotland", Language: "en_GB"}, &storyboardv1.Narrator{Voice: "en-gb-scotland", Language: "en-GB", WordsPerMinute: 165}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sb, err := Plan(tc.idea, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, sb.GetNarrator(), protocmp.Transform()); diff != "" {
				t.Errorf("narrator (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWantedDurationSetsThePace(t *testing.T) {
	script := strings.Repeat("Green tea tastes best with water that is not too hot. ", 8)
	of := func(wanted time.Duration) *storyboardv1.Storyboard {
		idea := &ingestv1.Idea{Title: "Tea", Script: script}
		if wanted > 0 {
			idea.Duration = durationOf(wanted)
		}
		sb, err := Plan(idea, nil)
		if err != nil {
			t.Fatal(err)
		}
		return sb
	}
	natural := of(0).GetDuration().AsDuration()
	near := natural + 2*time.Second
	if got := of(near).GetDuration().AsDuration(); (got - near).Abs() > 500*time.Millisecond {
		t.Errorf("wanted %v, planned %v", near, got)
	}
	for wanted, pace := range map[time.Duration]int32{time.Second: fastest, time.Hour: slowest} {
		if got := of(wanted).GetNarrator().GetWordsPerMinute(); got != pace {
			t.Errorf("wanted %v: pace %d, want %d", wanted, got, pace)
		}
	}
}

func TestRepeatedHookAndCallAreSaidOnce(t *testing.T) {
	sb, err := Plan(&ingestv1.Idea{
		Title: "Tea", Hook: "Stop boiling your tea", CallToAction: "Subscribe for more.",
		Script: "Stop boiling your tea! Water at eighty degrees keeps it sweet. Subscribe for more.",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sb.GetScenes() {
		got = append(got, s.GetRole().String()+" "+s.GetNarration())
	}
	want := []string{"HOOK Stop boiling your tea", "BODY Water at eighty degrees keeps it sweet.", "CALL_TO_ACTION Subscribe for more."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scenes (-want +got):\n%s", diff)
	}
}

// FuzzPlan feeds anything: a plan keeps its promises or the idea is refused with a reason.
func FuzzPlan(f *testing.F) {
	f.Add("Tea", "Hot. Sweet!", "", "Go.", int64(0))
	f.Add("", "今日は。コーヒー？", "三つの*秘密*", "", int64(30))
	f.Add("**", "*a* - * b\r\n• c", "\u202eabc", "👩‍👩‍👧", int64(1))
	f.Fuzz(func(t *testing.T, title, script, hook, call string, seconds int64) {
		idea := &ingestv1.Idea{Title: title, Script: script, Hook: hook, CallToAction: call}
		if seconds > 0 && seconds < 1e6 {
			idea.Duration = durationOf(time.Duration(seconds) * time.Second)
		}
		sb, err := Plan(idea, nil)
		if err != nil {
			if errs.ReasonOf(err) != errorsv1.ErrorReason_IDEA_UNRENDERABLE {
				t.Fatal(err)
			}
			return
		}
		check(t, sb)
	})
}

// check tests what holds for every storyboard.
func check(t *testing.T, sb *storyboardv1.Storyboard) {
	t.Helper()
	if len(sb.GetScenes()) == 0 || sb.GetScenes()[0].GetRole() != storyboardv1.Scene_HOOK {
		t.Fatalf("a storyboard begins with a hook: %v", sb)
	}
	rate := float64(sb.GetCanvas().GetFrameRate())
	at := time.Duration(0)
	for i, s := range sb.GetScenes() {
		if s.GetStart().AsDuration() != at {
			t.Errorf("scene %d starts at %v, want %v", i, s.GetStart().AsDuration(), at)
		}
		at += s.GetDuration().AsDuration()
		frames := at.Seconds() * rate
		if d := frames - float64(int64(frames+0.5)); d > 1e-6 || d < -1e-6 {
			t.Errorf("scene %d ends at frame %v", i, frames)
		}
		if s.GetDuration().AsDuration() < shortest-time.Microsecond {
			t.Errorf("scene %d lasts %v", i, s.GetDuration().AsDuration())
		}
		var said []string
		last := time.Duration(0)
		for _, w := range s.GetWords() {
			if start, end := w.GetStart().AsDuration(), w.GetEnd().AsDuration(); start < last || end <= start || end > s.GetDuration().AsDuration() {
				t.Errorf("scene %d of %v: word %q from %v to %v after %v", i, s.GetDuration().AsDuration(), w.GetText(), start, end, last)
			}
			last = w.GetEnd().AsDuration()
			said = append(said, w.GetText())
		}
		if diff := cmp.Diff(words.Split(s.GetNarration()), said); diff != "" {
			t.Errorf("scene %d: words of the narration (-want +got):\n%s", i, diff)
		}
	}
	if sb.GetDuration().AsDuration() != at {
		t.Errorf("duration %v, scenes end at %v", sb.GetDuration().AsDuration(), at)
	}
}

func wantUnrenderable(t *testing.T, err error, field string) {
	t.Helper()
	if errs.ReasonOf(err) != errorsv1.ErrorReason_IDEA_UNRENDERABLE || !strings.Contains(err.Error(), field+": ") {
		t.Errorf("error %v, want IDEA_UNRENDERABLE naming %s", err, field)
	}
}

func read(t *testing.T, path string, m proto.Message) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = protojson.Unmarshal(data, m)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// write puts a message into a golden file. protojson varies its spacing on purpose; json.Indent does not.
func write(t *testing.T, path string, m proto.Message) {
	t.Helper()
	data, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
