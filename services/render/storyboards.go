package render

import (
	"context"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/plan"
)

// storyboards serves RenderService.
type storyboards struct {
	renderv1.UnimplementedRenderServiceServer
}

// PlanStoryboard plans exactly what a worker would render.
func (storyboards) PlanStoryboard(_ context.Context, r *renderv1.PlanStoryboardRequest) (*storyboardv1.Storyboard, error) {
	return plan.Plan(r.GetIdea(), r.GetRenderOptions())
}
