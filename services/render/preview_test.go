package render

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/quote"
)

// sketcher is a planner that only notes what it is asked.
type sketcher struct {
	err   error
	hold  chan struct{} // when not nil, stills wait for it
	sides []int
}

func (s *sketcher) Plan(_ context.Context, sb *storyboardv1.Storyboard) (*renderv1.RenderPlan, error) {
	return &renderv1.RenderPlan{Storyboard: sb, Warnings: []*renderv1.PlanWarning{{Rule: "glyphs"}}}, s.err
}

func (s *sketcher) Stills(ctx context.Context, sb *storyboardv1.Storyboard, side, most int) ([]provider.Still, error) {
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.sides = append(s.sides, side)
	return make([]provider.Still, min(most, len(sb.GetScenes()))), s.err
}

func rules(list []*renderv1.PlanWarning) map[string]int {
	out := map[string]int{}
	for _, w := range list {
		out[w.GetRule()]++
	}
	return out
}

func TestPlanVideo(t *testing.T) {
	idea := &ingestv1.Idea{Title: "Tea", Script: "Hot water.", Variables: map[string]string{"brand_color": "blue"}}
	for name, s := range map[string]*storyboards{
		"with a studio": newStoryboards(&sketcher{}, quote.Open("")), "without": newStoryboards(nil, quote.Open("")),
	} {
		got, err := s.PlanVideo(t.Context(), &renderv1.PlanVideoRequest{Idea: idea})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.GetStoryboard().GetScenes()) == 0 || got.GetQuote().GetCpuDuration().AsDuration() <= 0 || rules(got.GetWarnings())["color"] != 1 {
			t.Errorf("%s: plan %v", name, got)
		}
	}
	for name, tc := range map[string]struct {
		err  error
		code codes.Code
	}{
		"a storyboard that cannot be painted": {&provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Err: errors.New("canvas")}, codes.InvalidArgument},
		"a machine without fonts":             {&provider.Error{Class: schedulerv1.FailureClass_SYSTEM, Err: errors.New("fonts")}, codes.Internal},
	} {
		s := newStoryboards(&sketcher{err: tc.err}, quote.Open(""))
		if _, err := s.PlanVideo(t.Context(), &renderv1.PlanVideoRequest{Idea: idea}); status.Code(err) != tc.code {
			t.Errorf("%s: %v, want %v", name, err, tc.code)
		}
	}
}

func TestPreviewIdea(t *testing.T) {
	var scenes []*storyboardv1.Scene
	for i := range previewFrames + 3 {
		scenes = append(scenes, &storyboardv1.Scene{Narration: fmt.Sprint("Number ", i, ".")})
	}
	scenes[1].Background = &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: "https://example.com/a.png"}}
	planner := &sketcher{}
	s := newStoryboards(planner, quote.Open(""))
	got, err := s.PreviewIdea(t.Context(), &renderv1.PreviewIdeaRequest{Idea: &ingestv1.Idea{Storyboard: &storyboardv1.Storyboard{Scenes: scenes}}, Resolution: 200})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.GetFrames()) != previewFrames || got.GetFrames()[1].GetSceneId() != "s2" || planner.sides[0] != 200 {
		t.Errorf("%d frames, the second of %q, sizes %v", len(got.GetFrames()), got.GetFrames()[1].GetSceneId(), planner.sides)
	}
	if n := rules(got.GetPlan().GetWarnings())["preview"]; n != 2 {
		t.Errorf("%d warnings about the preview, want one for the scenes left out and one for the picture", n)
	}
	if _, err := newStoryboards(nil, quote.Open("")).PreviewIdea(t.Context(), &renderv1.PreviewIdeaRequest{Idea: tea}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("without a studio: %v", err)
	}
}

func TestPreviewsWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		planner := &sketcher{hold: make(chan struct{})}
		s := newStoryboards(planner, quote.Open(""))
		ended := make(chan error)
		for range previewsAtOnce + 1 {
			go func() {
				_, err := s.PreviewIdea(t.Context(), &renderv1.PreviewIdeaRequest{Idea: tea})
				ended <- err
			}()
		}
		synctest.Wait()
		if n := len(s.previews); n != previewsAtOnce {
			t.Errorf("%d previews under way", n)
		}
		start := time.Now()
		for range previewsAtOnce + 1 {
			if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a preview that hangs ends with %v", err)
			}
		}
		if d := time.Since(start); d != previewTimeout {
			t.Errorf("after %v, want %v", d, previewTimeout)
		}
		if len(s.previews) != 0 {
			t.Error("a place was not given back")
		}
	})
}
