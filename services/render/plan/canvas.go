package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
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
func canvas(idea *ingestv1.Idea, options *schedulerv1.RenderOptions) (*storyboardv1.Canvas, error) {
	ratio := strings.TrimSpace(idea.GetAspectRatio())
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
	c := &storyboardv1.Canvas{
		Width: even(w * unit), Height: even(h * unit), FrameRate: rate, AspectRatio: ratio, SafeArea: safeArea(ratio, idea, options),
	}
	if options.GetOutput().GetDraft() {
		halve(c)
	}
	return c, nil
}

// halve makes a draft's canvas: half the size and half the rate, so that a draft is quick.
func halve(c *storyboardv1.Canvas) {
	c.Width, c.Height = even(float64(c.GetWidth())/2), even(float64(c.GetHeight())/2)
	c.FrameRate = max(10, c.GetFrameRate()/2)
}

// safeArea is what was asked for, else what the first known platform covers, else what the ratio is mostly used for.
func safeArea(ratio string, idea *ingestv1.Idea, options *schedulerv1.RenderOptions) storyboardv1.SafeArea {
	if a := options.GetSafeArea(); a != storyboardv1.SafeArea_SAFE_AREA_UNSPECIFIED {
		return a
	}
	if ratio != "9:16" {
		return storyboardv1.SafeArea_PLAIN // the apps cover only what fills the whole phone
	}
	for _, platform := range idea.GetPlatforms() {
		switch {
		case strings.HasSuffix(platform, "_ads"):
			return storyboardv1.SafeArea_ADS
		case slices.Contains([]string{
			"youtube_shorts", "tiktok", "instagram_reels", "instagram_stories", "instagram", "facebook_reels", "snapchat",
		}, platform):
			return storyboardv1.SafeArea_SHORT_VIDEO
		case slices.Contains([]string{"website", "linkedin", "youtube", "x", "threads", "pinterest"}, platform):
			return storyboardv1.SafeArea_PLAIN
		}
	}
	return storyboardv1.SafeArea_SHORT_VIDEO
}

// even is the nearest even number.
func even(x float64) int32 { return int32(math.Round(x/2)) * 2 }
