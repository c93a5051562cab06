package render

import (
	"context"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	"github.com/sheetreel/sheetreel/services/render/plan"
)

// storyboards serves RenderService.
type storyboards struct {
	renderv1.UnimplementedRenderServiceServer
}

// PlanStoryboard plans exactly what a worker would render.
func (storyboards) PlanStoryboard(_ context.Context, r *renderv1.PlanStoryboardRequest) (*renderv1.Storyboard, error) {
	return plan.Plan(r.GetIdea(), r.GetRenderOptions())
}
