package quality

import (
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
)

const (
	// darkLevel is how light, of 255, the lightest part of a black picture may be.
	darkLevel = 32
	// lightPart is how much of a picture the lightest part is; it is about a word in small letters.
	lightPart = 0.004
	blackWarn = 500 * time.Millisecond
	blackFail = 1500 * time.Millisecond
	// movedPart is how much of a picture must change, by at least movedLevel of 255, to count as movement.
	movedPart  = 0.0005
	movedLevel = 6
)

// span is a part of a video.
type span struct{ start, end time.Duration }

func (s span) length() time.Duration { return s.end - s.start }

// stillness looks for pictures that are black and for pictures that do not change. It is fed in order, [lookRate] a
// second.
type stillness struct {
	width, height int
	count         int
	black, frozen []span
	blackFrom     int // first of the black pictures, when the last one was black
	isBlack       bool
	anchor        []byte // the picture from which on nothing has changed
	anchorAt      int
}

func at(i int) time.Duration { return time.Duration(i) * time.Second / lookRate }

// look takes the next picture.
func (s *stillness) look(frame []byte) {
	dark := isDark(frame)
	switch {
	case dark && !s.isBlack:
		s.blackFrom = s.count
	case !dark && s.isBlack:
		s.black = append(s.black, span{at(s.blackFrom), at(s.count)})
	}
	s.isBlack = dark
	if s.anchor == nil || moved(s.anchor, frame) {
		s.thaw()
		s.anchor, s.anchorAt = append(s.anchor[:0], frame...), s.count
	}
	s.count++
}

// thaw ends a time without movement.
func (s *stillness) thaw() {
	if s.count-s.anchorAt > 1 {
		s.frozen = append(s.frozen, span{at(s.anchorAt), at(s.count)})
	}
}

// end closes what is open.
func (s *stillness) end() {
	if s.isBlack {
		s.black = append(s.black, span{at(s.blackFrom), at(s.count)})
	}
	if s.anchor != nil {
		s.thaw()
	}
	s.anchor, s.isBlack = nil, false
}

func isDark(frame []byte) bool {
	light := 0
	for _, y := range frame {
		if y > darkLevel {
			light++
		}
	}
	return float64(light) <= lightPart*float64(len(frame))
}

// moved tells whether a picture differs from another. Grain and the drift of an encoder are no movement.
func moved(a, b []byte) bool {
	n, least := 0, max(1, int(movedPart*float64(len(a))))
	for i, y := range a {
		if d := int(y) - int(b[i]); d >= movedLevel || d <= -movedLevel {
			if n++; n >= least {
				return true
			}
		}
	}
	return false
}

// frozenAfter is how long a template may stand still: a quotation has no captions, pictures move slowly.
func frozenAfter(template string) (warn, fail time.Duration) {
	switch template {
	case "quote", "image":
		return 3 * time.Second, 5 * time.Second
	}
	return 2 * time.Second, 2800 * time.Millisecond
}

// pictures judges what was seen.
func (c *checks) pictures(j Job, s *seen) {
	c.spans(RuleBlack, "black", s.still.black, blackWarn, blackFail)
	warnAfter, failAfter := frozenAfter(j.Storyboard.GetTemplate())
	var frozen []span
	for _, one := range s.still.frozen { // what is black is told as such
		if !within(one, s.still.black) {
			frozen = append(frozen, one)
		}
	}
	c.spans(RuleFrozen, "without any movement", frozen, warnAfter, failAfter)
	c.likeness(j, s)
}

// within tells whether most of a span lies in one of the others.
func within(one span, others []span) bool {
	for _, o := range others {
		if min(one.end, o.end)-max(one.start, o.start) > one.length()/2 {
			return true
		}
	}
	return false
}

// spans judges spans by their length, each that is too long alone.
func (c *checks) spans(rule, what string, all []span, warnAfter, failAfter time.Duration) {
	longest, found := time.Duration(0), false
	for _, s := range all {
		longest = max(longest, s.length())
		verdict := verdictOf(s.length(), warnAfter, failAfter)
		if verdict == pass {
			continue
		}
		found = true
		check := c.add(rule, verdict, "the picture is %s for %.1f s, from %.1f s on", what, s.length().Seconds(), s.start.Seconds())
		measured(check, s.length().Seconds(), warnAfter.Seconds(), "s")
		from(check, s)
	}
	if !found {
		measured(c.add(rule, pass, "the picture is never %s for long", what), longest.Seconds(), warnAfter.Seconds(), "s")
	}
}

func verdictOf(length, warnAfter, failAfter time.Duration) renderv1.QualityReport_Verdict {
	switch {
	case length >= failAfter:
		return fail
	case length >= warnAfter:
		return warn
	}
	return pass
}
