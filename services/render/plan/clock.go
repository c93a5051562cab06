package plan

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// shortest is how long a scene must last for its headline to be read.
const shortest = 2 * time.Second

// LeadIn is the silence at the start of a scene, before its narration begins. The first scene gives the title a
// moment more.
func LeadIn(s *storyboardv1.Scene) time.Duration { return leadIn(s) }

// Begin is when an utterance begins in its scene: after the lead-in, unless it follows the one before without a rest.
func Begin(s *storyboardv1.Scene, u speech.Utterance) time.Duration {
	if u.Joined {
		return 0
	}
	return leadIn(s)
}

func leadIn(s *storyboardv1.Scene) time.Duration {
	if s.GetRole() == storyboardv1.Scene_HOOK {
		return 400 * time.Millisecond
	}
	return 250 * time.Millisecond
}

// tail is the silence after a scene's narration.
func tail(s *storyboardv1.Scene) time.Duration {
	if s.GetRole() == storyboardv1.Scene_HOOK {
		return 500 * time.Millisecond
	}
	return 350 * time.Millisecond
}

// lengthOf is how long a scene lasts whose narration ends at a time relative to its start. A scene without narration
// lasts as long as its storyboard says.
func lengthOf(s *storyboardv1.Scene, spokenUntil time.Duration) time.Duration {
	least := s.GetMinDuration().AsDuration()
	if least > 0 && s.GetNarration() == "" {
		return least
	}
	return max(spokenUntil+tail(s), shortest, least)
}

// estimate times the words of a narration that starts at a time relative to its scene.
func estimate(narration string, pace int, start time.Duration) []*storyboardv1.TimedWord {
	var out []*storyboardv1.TimedWord
	at := start.Seconds()
	for _, word := range words.Split(narration) {
		from := at
		at += words.Seconds(word, pace)
		out = append(out, &storyboardv1.TimedWord{Text: word, Start: milliseconds(from), End: milliseconds(at)})
		at += words.Pause(word)
	}
	return out
}

// end is when the last word of a scene ends, relative to its start.
func end(s *storyboardv1.Scene) time.Duration {
	if n := len(s.GetWords()); n > 0 {
		return s.GetWords()[n-1].GetEnd().AsDuration()
	}
	return leadIn(s)
}

// milliseconds rounds: finer times only make storyboards hard to read.
func milliseconds(seconds float64) *durationpb.Duration {
	return durationpb.New(time.Duration(seconds*1000+0.5) * time.Millisecond)
}

// lay puts the scenes one after the other and rounds their durations up to whole frames. Starts are computed
// from the frames so far, so that rounding never adds up.
func lay(sb *storyboardv1.Storyboard) {
	rate := time.Duration(sb.GetCanvas().GetFrameRate())
	frames := time.Duration(0)
	at := func() time.Duration { return frames * time.Second / rate }
	for _, s := range sb.GetScenes() {
		start := at()
		// A nanosecond of slack: a duration that was whole frames before stays what it was.
		frames += (s.GetDuration().AsDuration()*rate - rate + time.Second - 1) / time.Second
		s.Start = durationpb.New(start)
		s.Duration = durationpb.New(at() - start)
	}
	sb.Duration = durationpb.New(at())
}
