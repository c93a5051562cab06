package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

func samplePreview() *renderv1.PreviewIdeaResponse {
	return &renderv1.PreviewIdeaResponse{
		Plan: &renderv1.RenderPlan{
			Storyboard: &storyboardv1.Storyboard{
				Title: "Tea", Template: "explainer", Canvas: &storyboardv1.Canvas{Width: 720, Height: 1280, FrameRate: 30},
				Theme: &storyboardv1.Theme{Style: "bold"}, Duration: durationpb.New(4200 * time.Millisecond),
				Scenes: []*storyboardv1.Scene{{
					Id: "s1", Headline: "Good *tea*", Narration: "Hot water.", Duration: durationpb.New(4200 * time.Millisecond),
					Hero: &storyboardv1.Media{Kind: &storyboardv1.Media_Emoji{Emoji: "🍵"}},
				}},
			},
			Warnings: []*renderv1.PlanWarning{{SceneId: "s1", Field: "headline", Rule: "size", Message: "is small"}},
			Quote: &renderv1.Quote{
				CpuDuration: durationpb.New(7 * time.Second), MaxCpuDuration: durationpb.New(10 * time.Second),
				RenderDuration: durationpb.New(4 * time.Second), SizeBytes: 1_200_000, Explanations: []string{"measured"},
			},
		},
		Frames: []*renderv1.PreviewFrame{{SceneId: "s1", Data: []byte("one")}, {SceneId: "../../x", Data: []byte("two")}},
	}
}

func TestIdeasPreview(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Preview = samplePreview()
	b.fake.Check = &ingestv1.CheckIdeasResponse{Ideas: []*ingestv1.Idea{{RowNumber: 2, Title: "Two"}, {RowNumber: 4, Title: "Four"}}}
	out := filepath.Join(t.TempDir(), "look")
	if code := b.run("ideas", "preview", "Tea", "--script", "Hot water.", "--out", out); code != 0 {
		t.Fatalf("code %d: %s", code, b.stderr.String())
	}
	for _, want := range []string{"Tea: 4.2 s, 720x1280 at 30 frames a second, explainer, bold", "🍵", "warning: s1 headline: is small", "quote: 7.0 s of processor time (nine of ten below 10.0 s), about 4.0 s, 1.2 MB", "measured"} {
		if !strings.Contains(b.stdout.String(), want) {
			t.Errorf("says\n%s\nwithout %q", b.stdout.String(), want)
		}
	}
	for name, want := range map[string]string{"01-s1.jpg": "one", "02.jpg": "two"} {
		if got, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	file := filepath.Join(out, "storyboard.json")
	if code := b.run("ideas", "preview", "--storyboard", file); code != 0 {
		t.Fatalf("the storyboard that was written: code %d: %s", code, b.stderr.String())
	}
	if code := b.run("ideas", "preview", "--sheet", "1abcDEF", "--row", "4"); code != 0 {
		t.Fatalf("a row: code %d: %s", code, b.stderr.String())
	}
	var asked []*ingestv1.Idea
	for _, r := range b.fake.Requests() {
		if p, ok := r.(*renderv1.PreviewIdeaRequest); ok {
			asked = append(asked, p.GetIdea())
		}
	}
	if len(asked) != 3 || asked[0].GetScript() != "Hot water." || asked[1].GetStoryboard().GetScenes()[0].GetHeadline() != "Good *tea*" || asked[2].GetTitle() != "Four" {
		t.Errorf("asked for %v", asked)
	}
}

func TestIdeasPreviewRefuses(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Preview, b.fake.Check = samplePreview(), &ingestv1.CheckIdeasResponse{}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"scenes":[{"headlin":"x"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"nothing": nil, "two things": {"Tea", "--sheet", "1abcDEF"}, "a row that is not there": {"--sheet", "1abcDEF", "--row", "9"},
		"a storyboard with an unknown field": {"--storyboard", broken},
	} {
		if code := b.run(append([]string{"ideas", "preview"}, args...)...); code == 0 || b.stderr.Len() == 0 {
			t.Errorf("%s: code %d, says %q", name, code, b.stderr.String())
		}
	}
}
