package captions

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/words"
)

var update = flag.Bool("update", false, "write the golden files")

func storyboards(t testing.TB) map[string]*storyboardv1.Storyboard {
	t.Helper()
	out := map[string]*storyboardv1.Storyboard{}
	for name, script := range map[string]string{
		"english":  "Most people brew their coffee with water that is far too hot, and so it tastes bitter. Wait thirty seconds after the boil: the temperature drops to ninety-four degrees, which is what the grounds want. Try it!",
		"japanese": "毎朝のコーヒー、もっと美味しくできます。まず、お湯の温度は九十二度にしましょう。次に、豆は淹れる直前に挽きます。最後に、きちんと量ること！それだけで味が変わりますので、ぜひ今日から試してみてください。",
		"arabic":   "القهوة العربية تُحضَّر من حبوب خفيفة التحميص، ويضاف إليها الهيل. لا تُضِف السكر أبدًا، بل قدّم معها التمر.",
		"markup":   "Write <b>a --> b</b> & mean it. 1\n\n2\n\n3.",
	} {
		sb, err := plan.Plan(&ingestv1.Idea{Title: name, Script: script}, nil)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = sb
	}
	return out
}

func TestGolden(t *testing.T) {
	for name, sb := range storyboards(t) {
		for suffix, got := range map[string]string{".srt": SRT(sb), ".vtt": VTT(sb)} {
			t.Run(name+suffix, func(t *testing.T) {
				file := filepath.Join("testdata", name+suffix)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", file, diff)
				}
			})
		}
	}
}

// TestParseBack reads both files as a player would and finds the cues again.
func TestParseBack(t *testing.T) {
	for name, sb := range storyboards(t) {
		want := Cues(sb)
		for format, got := range map[string][]Cue{
			"srt": parse(t, SRT(sb), func(s string) string { return strings.ReplaceAll(s, "→", "-->") }),
			"vtt": parse(t, strings.TrimPrefix(VTT(sb), "WEBVTT\n\n"), html.UnescapeString),
		} {
			for i := range want {
				want[i].Start, want[i].End = want[i].Start.Truncate(time.Millisecond), want[i].End.Truncate(time.Millisecond)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of %s read back (-want +got):\n%s", format, name, diff)
			}
		}
	}
}

func TestCuesKeepTheirPromises(t *testing.T) {
	for name, sb := range storyboards(t) {
		last := time.Duration(0)
		var shown []string
		for _, c := range Cues(sb) {
			if c.Start < last || c.End <= c.Start || c.End > sb.GetDuration().AsDuration() {
				t.Errorf("%s: cue %v after %v", name, c, last)
			}
			last = c.End
			if len(c.Lines) > maxLines {
				t.Errorf("%s: cue %v has %d lines", name, c, len(c.Lines))
			}
			for _, line := range c.Lines {
				if width(line) > columns {
					t.Errorf("%s: line %q takes %d columns", name, line, width(line))
				}
				shown = append(shown, words.Split(line)...)
			}
		}
		var said []string
		for _, s := range sb.GetScenes() {
			for _, w := range s.GetWords() {
				said = append(said, w.GetText())
			}
		}
		if got, want := strings.Join(shown, ""), strings.Join(said, ""); got != want {
			t.Errorf("%s: shown %q, said %q", name, got, want)
		}
	}
}

func TestLongWordsAndNoWords(t *testing.T) {
	if srt, vtt := SRT(&storyboardv1.Storyboard{}), VTT(&storyboardv1.Storyboard{}); srt != "" || vtt != "" {
		t.Errorf("captions without words: %q, %q", srt, vtt)
	}
	word := strings.Repeat("a", 100)
	sb := &storyboardv1.Storyboard{Duration: durationpb.New(time.Second), Scenes: []*storyboardv1.Scene{{
		Words: []*storyboardv1.TimedWord{{Text: word, End: durationpb.New(time.Second)}},
	}}}
	want := []Cue{{End: time.Second, Lines: []string{word}}}
	if diff := cmp.Diff(want, Cues(sb)); diff != "" {
		t.Errorf("cues (-want +got):\n%s", diff)
	}
}

// parse reads blocks of a number, a line of times and lines of text, each ended by an empty line.
func parse(t *testing.T, file string, unescape func(string) string) []Cue {
	t.Helper()
	var out []Cue
	for block := range strings.SplitSeq(strings.TrimSuffix(file, "\n\n"), "\n\n") {
		lines := strings.Split(block, "\n")
		if len(lines) < 3 || lines[0] != fmt.Sprint(len(out)+1) {
			t.Fatalf("block %q", block)
		}
		from, to, ok := strings.Cut(lines[1], " --> ")
		if !ok {
			t.Fatalf("times %q", lines[1])
		}
		c := Cue{Start: parseClock(t, from), End: parseClock(t, to)}
		for _, line := range lines[2:] {
			c.Lines = append(c.Lines, unescape(line))
		}
		out = append(out, c)
	}
	return out
}

func parseClock(t *testing.T, s string) time.Duration {
	t.Helper()
	var h, m, sec, ms int
	if _, err := fmt.Sscanf(strings.Replace(s, ",", ".", 1), "%02d:%02d:%02d.%03d", &h, &m, &sec, &ms); err != nil {
		t.Fatalf("time %q: %v", s, err)
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second + time.Duration(ms)*time.Millisecond
}
