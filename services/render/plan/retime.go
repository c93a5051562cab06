package plan

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/speech"
)

// Retime gives a copy of a storyboard with the true times: the narration is the clock. spoken holds one utterance
// a scene, in order; a scene whose utterance is missing or has no length keeps its estimated times. An utterance
// starts [LeadIn] after its scene does, unless it is joined to the one before.
func Retime(storyboard *storyboardv1.Storyboard, spoken []speech.Utterance) *storyboardv1.Storyboard {
	out := proto.CloneOf(storyboard)
	for i, s := range out.GetScenes() {
		if i >= len(spoken) || spoken[i].Duration <= 0 {
			continue
		}
		u := spoken[i]
		begin := Begin(s, u)
		if len(u.Words) > 0 {
			s.Words = timed(u.Words, begin)
		} else {
			s.Words = spread(s.GetNarration(), begin, u.Duration)
		}
		if u.Joined {
			s.Duration = durationpb.New(max(u.Duration, s.GetMinDuration().AsDuration()))
			continue
		}
		s.Duration = durationpb.New(lengthOf(s, max(leadIn(s)+u.Duration, end(s))))
	}
	lay(out)
	return out
}

// timed shifts spoken words by the lead-in.
func timed(spoken []speech.Word, by time.Duration) []*storyboardv1.TimedWord {
	var out []*storyboardv1.TimedWord
	for _, w := range spoken {
		out = append(out, &storyboardv1.TimedWord{Text: w.Text, Start: durationpb.New(w.Start + by), End: durationpb.New(w.End + by)})
	}
	return out
}

// spread times words by their length, for an engine that does not tell.
func spread(narration string, start, length time.Duration) []*storyboardv1.TimedWord {
	list := estimate(narration, defaultPace, 0)
	if len(list) == 0 {
		return nil
	}
	total := list[len(list)-1].GetEnd().AsDuration()
	scale := func(d *durationpb.Duration) *durationpb.Duration {
		return durationpb.New(start + time.Duration(float64(d.AsDuration())*float64(length)/float64(total)))
	}
	for _, w := range list {
		w.Start, w.End = scale(w.GetStart()), scale(w.GetEnd())
	}
	return list
}
