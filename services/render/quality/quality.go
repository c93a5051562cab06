package quality

import (
	"context"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Verdicts, short.
const (
	pass = renderv1.QualityReport_PASS
	warn = renderv1.QualityReport_WARN
	fail = renderv1.QualityReport_FAIL
)

// The rules.
const (
	RuleBlack     = "black"
	RuleFrozen    = "frozen"
	RuleSSIM      = "ssim"
	RuleSilence   = "silence"
	RuleLoudness  = "loudness"
	RuleTruePeak  = "true_peak"
	RuleSize      = "size"
	RuleDuration  = "duration"
	RuleFrames    = "frames"
	RuleCodecs    = "codecs"
	RuleFastStart = "faststart"
	RuleDecode    = "decode"
	RuleReading   = "reading_speed"
	RuleTexts     = "texts"
)

// Job is a video to look at.
type Job struct {
	// Video is the file.
	Video string
	// Media is what a probe says of it.
	Media *renderv1.Media
	// Storyboard is what the video shows, with its true times.
	Storyboard *storyboardv1.Storyboard
	// Known is what its maker knows. Nil: it was made by others, so less can be told, and it was paid for: nothing about
	// it is worse than a WARN.
	Known *Known
	// FFmpeg is the program; empty is that of the PATH.
	FFmpeg string
}

// Known is what the maker of a video knows of it, when it followed the storyboard frame by frame.
type Known struct {
	// Spoken says that the narration is heard where the storyboard has its words.
	Spoken bool
	// Faults are what the composer found: texts that do not fit or cannot be read.
	Faults []*renderv1.PlanWarning
	// Samples are frames as they were before they were encoded, by their number.
	Samples []Sample
}

func (j Job) spoken() bool { return j.Known != nil && j.Known.Spoken }

func (j Job) samples() []Sample {
	if j.Known == nil {
		return nil
	}
	return j.Known.Samples
}

// Report is a finished look.
type Report struct {
	*renderv1.QualityReport
	// LUFS and TruePeak of the sound as it comes out of a player; nil without sound.
	LUFS, TruePeak *float64
	// CPU is the processor time of the look.
	CPU time.Duration
}

// Look looks at a video. An error says that it could not, not that the video is bad.
func Look(ctx context.Context, j Job) (*Report, error) {
	seen, err := watch(ctx, j)
	if err != nil {
		return nil, fmt.Errorf("quality: %w", err)
	}
	var c checks
	c.stream(j)
	c.faststart(j)
	c.decode(seen)
	c.pictures(j, seen)
	c.sound(j, seen)
	c.texts(j)
	if j.Known == nil {
		c.soften()
	}
	return &Report{QualityReport: c.report(), LUFS: seen.sound.lufs, TruePeak: seen.sound.peak, CPU: seen.cpu}, nil
}

// checks are the findings so far.
type checks []*renderv1.QualityReport_Check

// add notes a check.
func (c *checks) add(rule string, verdict renderv1.QualityReport_Verdict, format string, args ...any) *renderv1.QualityReport_Check {
	check := &renderv1.QualityReport_Check{Rule: rule, Verdict: verdict, Message: fmt.Sprintf(format, args...)}
	*c = append(*c, check)
	return check
}

// measured adds figures to a check.
func measured(check *renderv1.QualityReport_Check, value, limit float64, unit string) {
	value = math.Round(value*1000) / 1000
	check.Value, check.Limit, check.Unit = &value, &limit, unit
}

// from says where in the video a check has found something.
func from(check *renderv1.QualityReport_Check, at span) {
	check.Start, check.End = durationpb.New(at.start), durationpb.New(at.end)
}

// soften makes warnings of failures.
func (c checks) soften() {
	for _, check := range c {
		if check.GetVerdict() == fail {
			check.Verdict = warn
		}
	}
}

// Points that a finding costs.
const (
	warnPoints = 4
	failPoints = 40
)

// report sums the checks up.
func (c checks) report() *renderv1.QualityReport {
	r := &renderv1.QualityReport{Verdict: pass, Score: 100, Checks: c}
	for _, check := range c {
		r.Verdict = max(r.GetVerdict(), check.GetVerdict())
		switch check.GetVerdict() {
		case warn:
			r.Score -= warnPoints
		case fail:
			r.Score -= failPoints
		}
	}
	r.Score = max(r.GetScore(), 0)
	return r
}

// Failed are the checks of a report that failed.
func Failed(r *renderv1.QualityReport) []*renderv1.QualityReport_Check {
	var out []*renderv1.QualityReport_Check
	for _, check := range r.GetChecks() {
		if check.GetVerdict() == fail {
			out = append(out, check)
		}
	}
	return out
}

// Again tells whether making the video once more may help: the failure is of writing the file, not of what it shows.
func Again(r *renderv1.QualityReport) bool {
	failed := Failed(r)
	for _, check := range failed {
		switch check.GetRule() {
		case RuleSSIM, RuleDuration, RuleFrames, RuleCodecs, RuleFastStart, RuleDecode:
		default:
			return false
		}
	}
	return len(failed) > 0
}
