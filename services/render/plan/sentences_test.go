package plan

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/render/words"
)

func TestSentences(t *testing.T) {
	for _, tc := range []struct {
		name, line string
		want       []string
	}{
		{"english", `Stop! Why? Read on. "Well." Done`, []string{"Stop!", "Why?", "Read on.", `"Well."`, "Done"}},
		{"abbreviations", "Dr. Smith met J. K. Rowling at 3.5 p.m. on time. E.g. Here.", []string{"Dr. Smith met J. K. Rowling at 3.5 p.m. on time.", "E.g. Here."}},
		{"german ordinal", "Am 3. Oktober geht es los. Komm mit!", []string{"Am 3. Oktober geht es los.", "Komm mit!"}},
		{"a year ends a sentence", "It began in 1999. It still runs.", []string{"It began in 1999.", "It still runs."}},
		{"chinese", "你好。今天怎么样？很好！", []string{"你好。", "今天怎么样？", "很好！"}},
		{"japanese with quote", "「はい。」彼は言った。終わり。", []string{"「はい。」", "彼は言った。", "終わり。"}},
		{"arabic", "ما هي القهوة؟ إنها مشروب.", []string{"ما هي القهوة؟", "إنها مشروب."}},
		{"hindi", "यह चाय है। इसे पियो।", []string{"यह चाय है।", "इसे पियो।"}},
		{"nothing", "  ", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Sentences(tc.line)); diff != "" {
				t.Errorf("Sentences(%q) (-want +got):\n%s", tc.line, diff)
			}
		})
	}
}

func TestChunks(t *testing.T) {
	clause := "the water must be fresh and soft and well below the boiling point"
	long := "First of all " + strings.Repeat(clause+", ", 6) + "always."
	for _, tc := range []struct {
		name, text string
		scenes     int
	}{
		{"two calm sentences share a scene", "Tea is a leaf. Water does the rest.", 1},
		{"short ones join", "Stop. Look. Listen. Then walk on.", 1},
		{"a full sentence stands alone", strings.Repeat(clause+" ", 2) + ". " + strings.Repeat(clause+" ", 2) + ".", 2},
		{"an endless sentence is cut", long, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := chunks([]string{tc.text})
			if len(got) != tc.scenes {
				t.Errorf("%d scenes, want %d: %q", len(got), tc.scenes, got)
			}
			for _, scene := range got {
				if weight(scene) > maxScene {
					t.Errorf("scene %q weighs %v", scene, weight(scene))
				}
			}
			if got, want := bareText(strings.Join(got, "")), bareText(tc.text); got != want {
				t.Errorf("said %q, want %q", got, want)
			}
		})
	}
}

func TestHeadline(t *testing.T) {
	for _, tc := range []struct{ language, narration, want string }{
		{"en", "Most people brew their coffee with water that is far too hot.", "People brew their *coffee*"},
		{"en", "Keep it *simple* - okay?", "Keep it *simple* - okay?"},
		{"en", "So it is.", "So it is"},
		{"de", "Die meisten Menschen trinken morgens zu wenig Wasser.", "*Menschen* trinken morgens"},
		{"ja", "コーヒーの温度は九十度が最適です。", "コーヒーの温度は九十度が"},
		{"zh", "首先，使用新鲜的水。", "使用新鲜的水"},
		{"", "", ""},
	} {
		got := headline(tc.narration, tc.language)
		if got != tc.want {
			t.Errorf("headline(%q) = %q, want %q", tc.narration, got, tc.want)
		}
	}
}

// FuzzSentences: nothing is lost, nothing is empty, and no scene is longer than allowed unless it is one word.
func FuzzSentences(f *testing.F) {
	for _, seed := range []string{"Stop! Why? Read on.", "Dr. Smith.", "你好。今天？", "यह। ॥", "؟ ۔", "a.b.c. D. 1. \"", "\xff\x00."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		line = clean(line)
		sentences := Sentences(line)
		for _, s := range sentences {
			if strings.TrimSpace(s) == "" {
				t.Fatalf("an empty sentence in %q", line)
			}
		}
		if got, want := bareText(strings.Join(sentences, "")), bareText(line); got != want {
			t.Fatalf("sentences of %q hold %q", line, got)
		}
		scenes := chunks([]string{line})
		for _, s := range scenes {
			if weight(s) > maxScene && len(words.Split(s)) > 1 {
				t.Fatalf("scene %q weighs %v", s, weight(s))
			}
		}
		if got, want := bareText(strings.Join(scenes, "")), bareText(line); got != want {
			t.Fatalf("scenes of %q hold %q", line, got)
		}
		headline(line, "en")
	})
}

// bareText is text without its space.
func bareText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// TestManyInitials: what joins with what is before it is looked at once, not again and again. Cut quadratically, this
// takes minutes.
func TestManyInitials(t *testing.T) {
	if got := Sentences(strings.Repeat("A. ", 100_000)); len(got) != 1 {
		t.Errorf("%d sentences", len(got))
	}
}
