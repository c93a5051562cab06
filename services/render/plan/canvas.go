package plan

import (
	"fmt"
	"math"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

const (
	defaultRatio     = "9:16"
	defaultShortSide = 720
	defaultFrameRate = 30
)

// canvas is the picture's size: the ratio's, with the short side that was asked for, in even pixels, because
// 4:2:0 video has one colour sample for two.
func canvas(ratio string, options *schedulerv1.RenderOptions) (*storyboardv1.Canvas, error) {
	ratio = strings.TrimSpace(ratio)
	if ratio == "" {
		ratio = defaultRatio
	}
	var w, h float64
	switch ratio {
	case "9:16":
		w, h = 9, 16
	case "16:9":
		w, h = 16, 9
	case "1:1":
		w, h = 1, 1
	case "4:5":
		w, h = 4, 5
	default:
		return nil, unrenderable("aspect_ratio", fmt.Sprintf("is %q; it must be 9:16, 1:1, 16:9 or 4:5", ratio))
	}
	short := int(options.GetResolution())
	if short == 0 {
		short = defaultShortSide
	}
	if short < 144 || short > 2160 {
		return nil, unrenderable("render_options.resolution", fmt.Sprintf("is %d; it must be between 144 and 2160", short))
	}
	rate := options.GetFrameRate()
	if rate == 0 {
		rate = defaultFrameRate
	}
	if rate < 10 || rate > 60 {
		return nil, unrenderable("render_options.frame_rate", fmt.Sprintf("is %d; it must be between 10 and 60", rate))
	}
	unit := float64(short) / min(w, h)
	return &storyboardv1.Canvas{Width: even(w * unit), Height: even(h * unit), FrameRate: rate, AspectRatio: ratio}, nil
}

// even is the nearest even number.
func even(x float64) int32 { return int32(math.Round(x/2)) * 2 }
