package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// fetched plans an idea and brings its storyboard through JSON, as a caller of the API gets and sends it.
func fetched(t *testing.T, idea *ingestv1.Idea, options *schedulerv1.RenderOptions) *storyboardv1.Storyboard {
	t.Helper()
	text, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(mustPlan(t, idea, options))
	if err != nil {
		t.Fatal(err)
	}
	sb := &storyboardv1.Storyboard{}
	if err := protojson.Unmarshal(text, sb); err != nil {
		t.Fatal(err)
	}
	return sb
}

func TestWhatWasPlannedComesBack(t *testing.T) {
	list := "1. Warm the pot.\n2. Add two spoons of leaves.\n3. Wait four minutes."
	for name, idea := range map[string]*ingestv1.Idea{
		"explainer": {Title: "Good *tea*", Script: "Water must be hot. Leaves need room.", CallToAction: "Enjoy it!"},
		"listicle":  {Title: "Tea", Script: list, Style: "bold", Voice: "none", AspectRatio: "16:9"},
		"branded":   {Title: "Tea", Script: "Hot.", Variables: map[string]string{"brand_color": "#333333", "brand_background": "#dddddd"}},
		"quote":     {Title: "Tea", Script: "“Slow is smooth.” — Anna"},
	} {
		for _, options := range []*schedulerv1.RenderOptions{nil, {Resolution: 1080, Output: &storyboardv1.Output{Draft: true}}} {
			sb := fetched(t, idea, options)
			got := mustPlan(t, &ingestv1.Idea{Storyboard: sb}, options)
			if diff := cmp.Diff(mustPlan(t, idea, options), got, protocmp.Transform()); diff != "" {
				t.Errorf("%s, options %v: storyboard (-planned +submitted):\n%s", name, options, diff)
			}
		}
	}
}

func TestEdits(t *testing.T) {
	idea := &ingestv1.Idea{Title: "Tea", Script: "Water must be hot. Leaves need room.", CallToAction: "Enjoy it!"}
	before := fetched(t, idea, nil)
	for _, tc := range []struct {
		name  string
		edit  func(*storyboardv1.Storyboard)
		check func(*storyboardv1.Storyboard) bool
	}{
		{"a longer narration has new times", func(sb *storyboardv1.Storyboard) { sb.Scenes[0].Narration += " And never boil it twice." }, func(sb *storyboardv1.Storyboard) bool {
			return len(sb.GetScenes()[0].GetWords()) == 9 && sb.GetDuration().AsDuration() > before.GetDuration().AsDuration()
		}},
		{"a new order keeps the names", func(sb *storyboardv1.Storyboard) { sb.Scenes[0], sb.Scenes[1] = sb.Scenes[1], sb.Scenes[0] }, func(sb *storyboardv1.Storyboard) bool {
			return sb.GetScenes()[0].GetId() == "s2" && sb.GetScenes()[0].GetStart().AsDuration() == 0
		}},
		{"a new scene has the first free name", func(sb *storyboardv1.Storyboard) {
			sb.Scenes = append([]*storyboardv1.Scene{{Headline: "New"}}, sb.Scenes...)
		}, func(sb *storyboardv1.Storyboard) bool {
			return sb.GetScenes()[0].GetId() == "s4" && sb.GetScenes()[0].GetDuration().AsDuration() == shortest
		}},
		{"a scene without words lasts as it says", func(sb *storyboardv1.Storyboard) {
			sb.Scenes = append(sb.Scenes, &storyboardv1.Scene{Duration: durationpb.New(time.Second)})
		}, func(sb *storyboardv1.Storyboard) bool {
			return sb.GetScenes()[3].GetDuration().AsDuration() == time.Second
		}},
		{"a scene is held", func(sb *storyboardv1.Storyboard) { sb.Scenes[1].MinDuration = durationpb.New(9 * time.Second) }, func(sb *storyboardv1.Storyboard) bool {
			return sb.GetScenes()[1].GetDuration().AsDuration() == 9*time.Second &&
				Retime(sb, nil).GetScenes()[1].GetDuration().AsDuration() == 9*time.Second
		}},
		{"times of words stay", func(sb *storyboardv1.Storyboard) {
			sb.Scenes[1].Words[2].End = durationpb.New(5 * time.Second)
		}, func(sb *storyboardv1.Storyboard) bool {
			return sb.GetScenes()[1].GetWords()[2].GetEnd().AsDuration() == 5*time.Second && sb.GetScenes()[1].GetDuration().AsDuration() > 5*time.Second
		}},
		{"only scenes", func(sb *storyboardv1.Storyboard) {
			proto.Reset(sb)
			sb.Scenes = []*storyboardv1.Scene{{Narration: "お茶を飲む。"}, {Narration: "おわり。"}}
		}, func(sb *storyboardv1.Storyboard) bool {
			return sb.GetNarrator().GetLanguage() == "ja" && sb.GetCanvas().GetWidth() == 720 && sb.GetTheme().GetStyle() == "modern" &&
				sb.GetTheme().GetSeed() != 0 && sb.GetScenes()[0].GetRole() == storyboardv1.Scene_HOOK && sb.GetOutput().GetContainer() == storyboardv1.Output_MP4
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sb := proto.CloneOf(before)
			tc.edit(sb)
			got := mustPlan(t, &ingestv1.Idea{Storyboard: sb}, nil)
			if !tc.check(got) {
				t.Errorf("storyboard %v", got)
			}
		})
	}
}

func TestSubmittedRefuses(t *testing.T) {
	image := func(uri string) *storyboardv1.Media {
		return &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: uri}}
	}
	for path, edit := range map[string]func(*storyboardv1.Storyboard){
		"scenes":                    func(sb *storyboardv1.Storyboard) { sb.Scenes = nil },
		"title":                     func(sb *storyboardv1.Storyboard) { sb.Title = strings.Repeat("x", 301) },
		"template":                  func(sb *storyboardv1.Storyboard) { sb.Template = "opera" },
		"canvas.width":              func(sb *storyboardv1.Storyboard) { sb.Canvas.Width = 721 },
		"canvas.height":             func(sb *storyboardv1.Storyboard) { sb.Canvas.Height = 3842 },
		"canvas.frame_rate":         func(sb *storyboardv1.Storyboard) { sb.Canvas.FrameRate = 61 },
		"canvas.safe_area":          func(sb *storyboardv1.Storyboard) { sb.Canvas.SafeArea = 9 },
		"sound.loudness":            func(sb *storyboardv1.Storyboard) { sb.Sound.Loudness = 9 },
		"sound.music_uri":           func(sb *storyboardv1.Storyboard) { sb.Sound.MusicUri = "http://example.com/a.mp3" },
		"theme.style":               func(sb *storyboardv1.Storyboard) { sb.Theme.Style = "baroque" },
		"theme.palette":             func(sb *storyboardv1.Storyboard) { sb.Theme.Palette = "mud" },
		"theme.brand.accent_color":  func(sb *storyboardv1.Storyboard) { sb.Theme.Brand = &storyboardv1.Theme_Brand{AccentColor: "red"} },
		"theme.brand.logo_uri":      func(sb *storyboardv1.Storyboard) { sb.Theme.Brand = &storyboardv1.Theme_Brand{LogoUri: "file:///etc"} },
		"narrator.language":         func(sb *storyboardv1.Storyboard) { sb.Narrator.Language = "--x" },
		"narrator.words_per_minute": func(sb *storyboardv1.Storyboard) { sb.Narrator.WordsPerMinute = 1000 },
		"output.video_codec":        func(sb *storyboardv1.Storyboard) { sb.Output.Container = storyboardv1.Output_WEBM },
		"scenes[1].id":              func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Id = "s1" },
		"scenes[0].id":              func(sb *storyboardv1.Storyboard) { sb.Scenes[0].Id = "../s1" },
		"scenes[0].role":            func(sb *storyboardv1.Storyboard) { sb.Scenes[0].Role = 9 },
		"scenes[1].headline":        func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Headline = strings.Repeat("x", 301) },
		"scenes[1].narration":       func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Narration = strings.Repeat("x", 2001) },
		"scenes[1].figure":          func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Figure = "one hundred and one" },
		"scenes[1].duration":        func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Duration = durationpb.New(time.Hour) },
		"scenes[1].min_duration":    func(sb *storyboardv1.Storyboard) { sb.Scenes[1].MinDuration = durationpb.New(-1) },
		"scenes[1].words[1].start":  func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Words[1].Start = durationpb.New(0) },
		"scenes[1].words[0].end":    func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Words[0].End = durationpb.New(0) },
		"scenes[0].hero.emoji": func(sb *storyboardv1.Storyboard) {
			sb.Scenes[0].Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_Emoji{Emoji: "tea"}}
		},
		"scenes[0].hero.focus_x":     func(sb *storyboardv1.Storyboard) { sb.Scenes[0].Hero = &storyboardv1.Media{FocusX: 1001} },
		"scenes[0].hero.image_uri":   func(sb *storyboardv1.Storyboard) { sb.Scenes[0].Hero = image("https://user@example.com/a.png") },
		"scenes[1].background.image": func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Background = image("ftp://example.com/a.png") },
		"scenes[1].background.generated.provider": func(sb *storyboardv1.Storyboard) {
			sb.Scenes[1].Background = &storyboardv1.Media{Kind: &storyboardv1.Media_Generated_{Generated: &storyboardv1.Media_Generated{Prompt: "x"}}}
		},
	} {
		sb := fetched(t, &ingestv1.Idea{Title: "Tea", Script: "Water must be hot. Leaves need room.", CallToAction: "Enjoy it!"}, nil)
		edit(sb)
		_, err := Plan(&ingestv1.Idea{Storyboard: sb}, nil)
		if errs.ReasonOf(err) != errorsv1.ErrorReason_IDEA_UNRENDERABLE || !strings.Contains(err.Error(), "storyboard."+path) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

// TestPlanKeepsItsPromises plans anything and submits it again.
func TestPlanKeepsItsPromises(t *testing.T) {
	word := rapid.SampledFrom([]string{"tea", "hot,", "water.", "1.", "2)", "3.", "今日は。", "قهوة", "\n", "👍", "Dr.", "*", "“", "”"})
	text := func(t *rapid.T, name string, most int) string {
		return strings.Join(rapid.SliceOfN(word, 0, most).Draw(t, name), " ")
	}
	rapid.Check(t, func(r *rapid.T) {
		idea := &ingestv1.Idea{
			Title: text(r, "title", 6), Script: text(r, "script", 40), Hook: text(r, "hook", 8), CallToAction: text(r, "call", 8),
			Voice:    rapid.SampledFrom([]string{"", "none"}).Draw(r, "voice"),
			Duration: durationpb.New(time.Duration(rapid.IntRange(0, 90).Draw(r, "seconds")) * time.Second),
		}
		options := &schedulerv1.RenderOptions{
			FrameRate: rapid.SampledFrom([]int32{0, 24, 30, 60}).Draw(r, "rate"),
			Template:  rapid.SampledFrom(append(Templates(), "")).Draw(r, "template"),
		}
		sb, err := Plan(idea, options)
		if errs.ReasonOf(err) == errorsv1.ErrorReason_IDEA_UNRENDERABLE {
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		check(t, sb)
		again, err := Plan(&ingestv1.Idea{Storyboard: sb}, options)
		if err != nil {
			r.Fatalf("what was planned is refused: %v", err)
		}
		if diff := cmp.Diff(sb, again, protocmp.Transform()); diff != "" {
			r.Fatalf("submitted again (-planned +submitted):\n%s", diff)
		}
		if t.Failed() {
			r.Fatalf("idea %v", idea)
		}
	})
}

// FuzzSubmitted feeds storyboards from anywhere: each is refused with a path, or keeps the promises of a plan.
func FuzzSubmitted(f *testing.F) {
	f.Add([]byte(`{"scenes":[{"narration":"Hot tea."}]}`))
	f.Add([]byte(`{"canvas":{"width":64,"height":64,"frameRate":10},"scenes":[{"id":"a","words":[{"text":"x","end":"1s"}],"duration":"0.2s"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		sb := &storyboardv1.Storyboard{}
		if protojson.Unmarshal(text, sb) != nil {
			return
		}
		got, err := Plan(&ingestv1.Idea{Storyboard: sb}, nil)
		if err != nil {
			if errs.ReasonOf(err) != errorsv1.ErrorReason_IDEA_UNRENDERABLE {
				t.Fatal(err)
			}
			return
		}
		at := time.Duration(0)
		for i, s := range got.GetScenes() {
			if s.GetStart().AsDuration() != at || s.GetDuration().AsDuration() <= 0 || s.GetId() == "" {
				t.Fatalf("scene %d: %v", i, s)
			}
			at += s.GetDuration().AsDuration()
			if len(s.GetWords()) > 0 && end(s) > s.GetDuration().AsDuration() {
				t.Fatalf("scene %d: words end at %v", i, end(s))
			}
		}
	})
}
