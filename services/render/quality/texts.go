package quality

import (
	"github.com/rivo/uniseg"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// fastReading is how many characters a second can be read at ease. A wide character counts as two.
const fastReading = 20.0

// texts judges what is read: the speed of captions, and what the composer found.
func (c *checks) texts(j Job) {
	if j.Known == nil {
		return
	}
	for _, f := range j.Known.Faults {
		check := c.add(f.GetRule(), warn, "%s: %s", f.GetField(), f.GetMessage())
		check.SceneId = f.GetSceneId()
	}
	if len(j.Known.Faults) == 0 {
		c.add(RuleTexts, pass, "all texts fit, have their letters and stand out")
	}
	if j.Storyboard.GetCaptions().GetHidden() {
		return
	}
	fastest, where := 0.0, ""
	for _, s := range j.Storyboard.GetScenes() {
		if rate := readingRate(s); rate > fastest {
			fastest, where = rate, s.GetId()
		}
	}
	verdict := pass
	if fastest > fastReading {
		verdict = warn
	}
	check := c.add(RuleReading, verdict, "captions run at up to %.0f characters a second", fastest)
	check.SceneId = where
	measured(check, fastest, fastReading, "characters/s")
}

// readingRate is how many columns of captions a second a scene shows.
func readingRate(s *storyboardv1.Scene) float64 {
	list := s.GetWords()
	if len(list) == 0 {
		return 0
	}
	seconds := (list[len(list)-1].GetEnd().AsDuration() - list[0].GetStart().AsDuration()).Seconds()
	return float64(uniseg.StringWidth(s.GetNarration())) / max(seconds, 1)
}
