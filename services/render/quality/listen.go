package quality

import (
	"math"
	"strconv"
	"strings"
	"time"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

const (
	silenceLevel = -50.0 // dB
	silenceLeast = 300 * time.Millisecond
	silenceWarn  = 700 * time.Millisecond
	silenceFail  = 1500 * time.Millisecond

	loudnessOff  = 1.5  // LU from the target
	loudnessMost = -9.0 // LUFS; no platform plays that without turning it down, and it was made for none
	peakMost     = -0.5 // dBTP; the studio leaves -1.5, encoding adds a little
	// shortest is how long a sound must be for its loudness to mean something.
	shortest = 3 * time.Second
)

// sound is what was heard.
type sound struct {
	lufs, peak *float64 // nil: not measured
	silent     []span   // open ends last for ever
}

// parseSound reads what ffmpeg's filters say on standard error.
func parseSound(text string) sound {
	var s sound
	open := time.Duration(-1)
	for line := range strings.Lines(text) {
		if _, rest, ok := strings.Cut(line, "silence_start: "); ok {
			open = max(0, secondsOf(rest))
			continue
		}
		if _, rest, ok := strings.Cut(line, "silence_end: "); ok && open >= 0 {
			s.silent = append(s.silent, span{open, max(open, secondsOf(rest))})
			open = -1
			continue
		}
		switch name, rest, _ := strings.Cut(strings.TrimSpace(line), ":"); name {
		case "I":
			s.lufs = decibels(rest)
		case "Peak":
			s.peak = decibels(rest)
		}
	}
	if open >= 0 {
		s.silent = append(s.silent, span{open, math.MaxInt64})
	}
	return s
}

// secondsOf reads a decimal at the beginning of a text; what is none counts as nothing.
func secondsOf(text string) time.Duration {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	x, err := strconv.ParseFloat(word, 64)
	if err != nil || math.IsNaN(x) || math.Abs(x) > 86400 {
		return 0
	}
	return time.Duration(x * float64(time.Second))
}

// decibels reads a figure with its unit. Nothing at all is as quiet as the scale goes.
func decibels(text string) *float64 {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	x, err := strconv.ParseFloat(word, 64)
	if err != nil || math.IsNaN(x) {
		return nil
	}
	x = min(max(x, -120), 120)
	return &x
}

// complaints are the errors that ffmpeg writes.
func complaints(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, "[error]") || strings.Contains(line, "[fatal]") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// sound judges what was heard.
func (c *checks) sound(j Job, s *seen) {
	if j.Media.GetAudioCodec() == "" {
		if j.spoken() {
			c.add(RuleSilence, fail, "the video has no sound, but its words are spoken")
		}
		return
	}
	c.silence(j, s.sound.silent)
	if s.sound.lufs == nil || s.sound.peak == nil {
		return
	}
	target, lufs := targetOf(j.Storyboard.GetSound().GetLoudness()), *s.sound.lufs
	verdict := pass
	switch {
	case lufs > loudnessMost:
		verdict = fail
	case math.Abs(lufs-target) > loudnessOff && (j.spoken() || lufs > target) && j.Media.GetDuration().AsDuration() >= shortest:
		verdict = warn
	}
	measured(c.add(RuleLoudness, verdict, "the loudness is %.1f LUFS where %.0f is wanted", lufs, target), lufs, target, "LUFS")
	verdict = pass
	if *s.sound.peak > peakMost {
		verdict = warn
	}
	measured(c.add(RuleTruePeak, verdict, "the highest peak is %.1f dBTP", *s.sound.peak), *s.sound.peak, peakMost, "dBTP")
}

// silence looks for times in which words should be heard and nothing is.
func (c *checks) silence(j Job, silent []span) {
	if !j.spoken() {
		return
	}
	longest := time.Duration(0)
	found := false
	for _, scene := range j.Storyboard.GetScenes() {
		words := scene.GetWords()
		if len(words) == 0 {
			continue
		}
		speech := span{
			scene.GetStart().AsDuration() + words[0].GetStart().AsDuration(),
			scene.GetStart().AsDuration() + words[len(words)-1].GetEnd().AsDuration(),
		}
		for _, s := range silent {
			both := span{max(s.start, speech.start), min(s.end, speech.end)}
			longest = max(longest, both.length())
			verdict := verdictOf(both.length(), silenceWarn, silenceFail)
			if verdict == pass {
				continue
			}
			found = true
			check := c.add(RuleSilence, verdict, "nothing is heard for %.1f s while words are spoken", both.length().Seconds())
			check.SceneId = scene.GetId()
			measured(check, both.length().Seconds(), silenceWarn.Seconds(), "s")
			from(check, both)
		}
	}
	if !found {
		measured(c.add(RuleSilence, pass, "something is heard wherever words are spoken"), longest.Seconds(), silenceWarn.Seconds(), "s")
	}
}

// targetOf is how loud a video should be, in LUFS.
func targetOf(l storyboardv1.Loudness) float64 {
	switch l {
	case storyboardv1.Loudness_PODCAST:
		return -16
	case storyboardv1.Loudness_BROADCAST:
		return -23
	}
	return -14
}
