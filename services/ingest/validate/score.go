package validate

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Score is how good an idea looks, and why.
type Score struct {
	// Points from 0 to 10.
	Points float64
	// Reasons say what cost points, in plain words; none for 10 points.
	Reasons []string
}

// score judges completeness, clarity, engagement, feasibility and uniqueness, two points each. It says what cost
// points; it never makes a row invalid.
func (r *Rules) score(row *Row, warnings int) Score {
	idea, points := row.Idea, 10.0
	var reasons []string
	lose := func(cost float64, reason string) {
		points -= cost
		reasons = append(reasons, reason)
	}
	if idea.GetScript() == "" {
		lose(1, "There is no script; the description is spoken instead.")
	}
	if idea.GetDescription() == "" && len(idea.GetTags()) == 0 {
		lose(1, "There is neither a description nor tags to find the video by.")
	}
	if utf8.RuneCountInString(idea.GetTitle()) > 70 {
		lose(0.5, "The title is longer than 70 characters; many places cut it.")
	}
	if longestSentence(spoken(idea)) > 30 {
		lose(1.5, "A sentence has more than 30 words, which is hard to follow.")
	}
	if idea.GetHook() == "" {
		lose(1, "There is no hook to catch attention.")
	}
	if idea.GetCallToAction() == "" {
		lose(1, "There is no call to action.")
	}
	if warnings > 0 {
		lose(1, "There are warnings about the row.")
	}
	if said := r.speech(idea); said.units < 10 {
		lose(1, "There is hardly anything to say.")
	}
	if row.NearRow != 0 {
		lose(2, "Another row says nearly the same.")
	}
	return Score{Points: math.Max(0, points), Reasons: reasons}
}

// longestSentence gives the words of the longest sentence.
func longestSentence(text string) int {
	longest := 0
	for sentence := range strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(".!?\n。！？؟।", c) }) {
		longest = max(longest, len(strings.Fields(sentence)))
	}
	return longest
}
