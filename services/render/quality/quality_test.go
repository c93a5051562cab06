package quality_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/probe"
	"github.com/sheetreel/sheetreel/services/render/quality"
)

// goodPicture has four seconds in which there is nothing wrong.
const goodPicture = "testsrc2=size=144x256:rate=20:duration=4"

// storyboard is what the videos show: words from 0.2 s to 3.8 s.
func storyboard() *storyboardv1.Storyboard {
	return &storyboardv1.Storyboard{
		Canvas: &storyboardv1.Canvas{Width: 144, Height: 256, FrameRate: 20}, Duration: durationpb.New(4 * time.Second), Template: "explainer",
		Scenes: []*storyboardv1.Scene{{
			Id: "s1", Narration: "Cats land on their feet.", Duration: durationpb.New(4 * time.Second),
			Words: []*storyboardv1.TimedWord{
				{Text: "Cats", Start: durationpb.New(200 * time.Millisecond), End: durationpb.New(time.Second)},
				{Text: "land on their feet.", Start: durationpb.New(time.Second), End: durationpb.New(3800 * time.Millisecond)},
			},
		}},
	}
}

// makeVideo writes a video with ffmpeg; filters change the good picture and sound.
func makeVideo(t *testing.T, picture, sound string, options ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "video.mp4")
	args := []string{
		"-v", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound,
		"-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart",
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", append(append(args, options...), path)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func look(t *testing.T, path string, known *quality.Known) *quality.Report {
	t.Helper()
	media, err := probe.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	report, err := quality.Look(t.Context(), quality.Job{Video: path, Media: media, Storyboard: storyboard(), Known: known})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestLook looks at a good video and at one for each thing that can be wrong.
func TestLook(t *testing.T) {
	loud := "sine=frequency=440:duration=4,volume=2.45" // about -14 LUFS
	for name, c := range map[string]struct {
		picture, sound string
		options        []string
		rule           string // that fails; none when empty
		again          bool
	}{
		"good":              {picture: goodPicture, sound: loud},
		"black for 2 s":     {picture: goodPicture + ",drawbox=color=black:t=fill:enable='between(t,1,3)'", sound: loud, rule: quality.RuleBlack},
		"frozen for 3 s":    {picture: "testsrc2=size=144x256:rate=20:duration=1,tpad=stop_mode=clone:stop_duration=3", sound: loud, rule: quality.RuleFrozen},
		"silent":            {picture: goodPicture, sound: loud + ",volume=0", rule: quality.RuleSilence},
		"silent for 2 s":    {picture: goodPicture, sound: loud + ",volume=0:enable='between(t,1,3)'", rule: quality.RuleSilence},
		"too loud":          {picture: goodPicture, sound: "sine=frequency=440:duration=4,volume=30,alimiter=limit=0.99", rule: quality.RuleLoudness},
		"too short":         {picture: goodPicture, sound: loud, options: []string{"-t", "3"}, rule: quality.RuleDuration, again: true},
		"of the wrong size": {picture: "testsrc2=size=160x256:rate=20:duration=4", sound: loud, rule: quality.RuleSize},
		"with too few frames": {
			picture: "testsrc2=size=144x256:rate=10:duration=4", sound: loud, rule: quality.RuleFrames, again: true,
		},
		"slow to begin":          {picture: goodPicture, sound: loud, options: []string{"-movflags", "-faststart"}, rule: quality.RuleFastStart, again: true},
		"of the wrong codec":     {picture: goodPicture, sound: loud, options: []string{"-c:v", "mpeg4"}, rule: quality.RuleCodecs, again: true},
		"without what it speaks": {picture: goodPicture, sound: loud, options: []string{"-an"}, rule: quality.RuleSilence},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := look(t, makeVideo(t, c.picture, c.sound, c.options...), &quality.Known{Spoken: true})
			failed := rules(quality.Failed(report.QualityReport))
			switch {
			case c.rule == "" && (report.GetVerdict() != renderv1.QualityReport_PASS || report.GetScore() < 90):
				t.Errorf("verdict %v, score %d, want PASS and at least 90: %v", report.GetVerdict(), report.GetScore(), report.GetChecks())
			case c.rule != "" && (!slices.Contains(failed, c.rule) || report.GetVerdict() != renderv1.QualityReport_FAIL):
				t.Errorf("verdict %v, failed %v, want %s among them: %v", report.GetVerdict(), failed, c.rule, report.GetChecks())
			case quality.Again(report.QualityReport) != c.again:
				t.Errorf("failed %v: to be made again: %v, want %v", failed, !c.again, c.again)
			}
		})
	}
}

func rules(all []*renderv1.QualityReport_Check) []string {
	var out []string
	for _, c := range all {
		out = append(out, c.GetRule())
	}
	return out
}

// TestLookMeasures checks what a report says of a video that was bought: figures, and no failure.
func TestLookMeasures(t *testing.T) {
	path := makeVideo(t, "color=black:size=144x256:rate=20:duration=4", "sine=frequency=440:duration=4,volume=2.45")
	report := look(t, path, nil)
	if report.GetVerdict() != renderv1.QualityReport_WARN {
		t.Errorf("verdict %v, want WARN: %v", report.GetVerdict(), report.GetChecks())
	}
	if report.LUFS == nil || *report.LUFS < -20 || *report.LUFS > -10 || report.TruePeak == nil || *report.TruePeak > 0 {
		t.Errorf("loudness %v, true peak %v", report.LUFS, report.TruePeak)
	}
	black := report.GetChecks()[slices.IndexFunc(report.GetChecks(), func(c *renderv1.QualityReport_Check) bool { return c.GetRule() == quality.RuleBlack })]
	if black.GetStart().AsDuration() != 0 || black.GetEnd().AsDuration() != 4*time.Second {
		t.Errorf("black from %v to %v, want all 4 s", black.GetStart().AsDuration(), black.GetEnd().AsDuration())
	}
	if report.CPU <= 0 {
		t.Error("looking took no processor time")
	}
}

// TestLookDamaged looks at a file of which the end is missing.
func TestLookDamaged(t *testing.T) {
	path := makeVideo(t, goodPicture, "sine=frequency=440:duration=4,volume=2.45")
	media, err := probe.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	cut(t, path)
	report, err := quality.Look(t.Context(), quality.Job{Video: path, Media: media, Storyboard: storyboard(), Known: &quality.Known{}})
	if err != nil {
		t.Fatal(err)
	}
	if failed := rules(quality.Failed(report.QualityReport)); !slices.Contains(failed, quality.RuleDecode) {
		t.Errorf("failed: %v, want decode among them", failed)
	}
}

// cut takes the last third of a file away.
func cut(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()*2/3)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLookEnds ends a look whose caller gives up.
func TestLookEnds(t *testing.T) {
	path := makeVideo(t, goodPicture, "sine=frequency=440:duration=4")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := quality.Look(ctx, quality.Job{Video: path, Media: &renderv1.Media{Width: 144, Height: 256}, Storyboard: storyboard()})
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}
