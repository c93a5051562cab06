package provider

import (
	"context"
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Planner tells and shows how a storyboard will look, without rendering it. Its errors are an [Error] where their class
// is known.
type Planner interface {
	// Plan decides all that can be known. The quote is left to the caller.
	Plan(ctx context.Context, sb *storyboardv1.Storyboard) (*renderv1.RenderPlan, error)
	// Stills paints one picture of each of the first most scenes, their short side in pixels. What comes from the web is
	// not shown.
	Stills(ctx context.Context, sb *storyboardv1.Storyboard, shortSide, most int) ([]Still, error)
}

// Still is a picture of a scene with everything in place.
type Still struct {
	// Time is when it is seen, from the video's start.
	Time time.Duration
	// JPEG is the file.
	JPEG []byte
}
