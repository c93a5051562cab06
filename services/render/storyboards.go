package render

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/quote"
)

// Bounds of previews. They keep answers below what a message may hold, and leave the cores to those that render.
const (
	previewsAtOnce   = 2
	previewTimeout   = 20 * time.Second
	previewFrames    = 24
	previewBytes     = 4 << 20
	previewShortSide = 360
)

// storyboards serves RenderService.
type storyboards struct {
	renderv1.UnimplementedRenderServiceServer
	planner  provider.Planner // nil: only storyboards and quotes are known
	quotes   *quote.Book
	previews chan struct{} // holds one token for each preview under way
}

func newStoryboards(planner provider.Planner, quotes *quote.Book) *storyboards {
	return &storyboards{planner: planner, quotes: quotes, previews: make(chan struct{}, previewsAtOnce)}
}

// PlanStoryboard plans exactly what a worker would render.
func (*storyboards) PlanStoryboard(_ context.Context, r *renderv1.PlanStoryboardRequest) (*storyboardv1.Storyboard, error) {
	return plan.Plan(r.GetIdea(), r.GetRenderOptions())
}

// PlanVideo decides all that can be known without rendering.
func (s *storyboards) PlanVideo(ctx context.Context, r *renderv1.PlanVideoRequest) (*renderv1.RenderPlan, error) {
	return s.plan(ctx, r.GetIdea(), r.GetRenderOptions())
}

func (s *storyboards) plan(ctx context.Context, idea *ingestv1.Idea, options *schedulerv1.RenderOptions) (*renderv1.RenderPlan, error) {
	sb, err := plan.Plan(idea, options)
	if err != nil {
		return nil, err
	}
	out := &renderv1.RenderPlan{Storyboard: sb}
	if s.planner != nil {
		if out, err = s.planner.Plan(ctx, sb); err != nil {
			return nil, planError(err)
		}
	}
	out.Warnings = append(plan.Warnings(idea, sb), out.GetWarnings()...)
	out.Quote = s.quotes.Quote(sb)
	return out, nil
}

// PreviewIdea paints one picture of each scene.
func (s *storyboards) PreviewIdea(ctx context.Context, r *renderv1.PreviewIdeaRequest) (*renderv1.PreviewIdeaResponse, error) {
	if s.planner == nil {
		return nil, errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_RENDER_FAILED, "this worker cannot paint previews: it has no studio")
	}
	ctx, cancel := context.WithTimeout(ctx, previewTimeout)
	defer cancel()
	select {
	case s.previews <- struct{}{}:
		defer func() { <-s.previews }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	planned, err := s.plan(ctx, r.GetIdea(), r.GetRenderOptions())
	if err != nil {
		return nil, err
	}
	side := int(r.GetResolution())
	if side == 0 {
		side = previewShortSide
	}
	sb := planned.GetStoryboard()
	stills, err := s.planner.Stills(ctx, sb, side, previewFrames)
	if err != nil {
		return nil, planError(err)
	}
	out := &renderv1.PreviewIdeaResponse{Plan: planned}
	room := previewBytes
	for i, still := range stills {
		if room -= len(still.JPEG); room < 0 {
			break
		}
		out.Frames = append(out.Frames, &renderv1.PreviewFrame{
			SceneId: sb.GetScenes()[i].GetId(), Time: durationpb.New(still.Time), ContentType: "image/jpeg", Data: still.JPEG,
		})
	}
	planned.Warnings = append(planned.Warnings, previewWarnings(sb, len(out.GetFrames()))...)
	return out, nil
}

// previewWarnings say what a preview leaves out.
func previewWarnings(sb *storyboardv1.Storyboard, shown int) []*renderv1.PlanWarning {
	var out []*renderv1.PlanWarning
	if all := len(sb.GetScenes()); shown < all {
		out = append(out, &renderv1.PlanWarning{Field: "frames", Rule: "preview", Message: fmt.Sprintf("only the first %d of %d scenes are shown", shown, all)})
	}
	for _, s := range sb.GetScenes() {
		if provider.MediaKey(s.GetBackground())+provider.MediaKey(s.GetHero()) != "" {
			out = append(out, &renderv1.PlanWarning{
				SceneId: s.GetId(), Field: "background", Rule: "preview", Message: "pictures and clips of the web are not in previews; the video has them",
			})
		}
	}
	return out
}

// planError is the failure of a planner as a caller sees it.
func planError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if provider.ClassOf(err) == schedulerv1.FailureClass_PERMANENT {
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_IDEA_UNRENDERABLE, err.Error())
	}
	return errs.New(codes.Internal, errorsv1.ErrorReason_RENDER_FAILED, err.Error())
}
