package words

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"english", " Hello,  world! It's 5 o'clock. ", []string{"Hello,", "world!", "It's", "5", "o'clock."}},
		{"french mark after a space", "Vraiment ? Oui !", []string{"Vraiment?", "Oui!"}},
		{"dash between spaces", "one — two", []string{"one", "—", "two"}},
		{"japanese", "今日は、コーヒーの淹れ方を学びます。", []string{"今日は、", "コーヒーの", "淹れ", "方を", "学びます。"}},
		{"chinese with latin", "使用AI技术可以节省时间。", []string{"使用", "AI技术", "可以节省", "时间。"}},
		{"thai", "สวัสดีครับ", []string{"สวัสดี", "ครับ"}},
		{"arabic", "ما هي القهوة؟", []string{"ما", "هي", "القهوة؟"}},
		{"hindi", "यह कॉफ़ी है।", []string{"यह", "कॉफ़ी", "है।"}},
		{"korean", "커피를 마셔요.", []string{"커피를", "마셔요."}},
		{"quote in chinese", "他说“你好”。", []string{"他说", "“你好”。"}},
		{"nothing", " \n\t ", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Split(tc.text)); diff != "" {
				t.Errorf("Split(%q) (-want +got):\n%s", tc.text, diff)
			}
		})
	}
}

func TestJoin(t *testing.T) {
	for _, text := range []string{"Hello, world!", "今日は、コーヒーの淹れ方を学びます。", "他说“你好”。", "यह कॉफ़ी है।"} {
		if got := Join(Split(text)); got != text {
			t.Errorf("Join(Split(%q)) = %q", text, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"Hello, world!", "今日は、コーヒー", "使用AI技术“好”。", "สวัสดี", "\x00\xff - ? ! —", "👩‍👩‍👧 ok"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bare := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, s)
		}
		text = strings.ToValidUTF8(text, "\ufffd")
		list := Split(text)
		for _, w := range list {
			if w == "" || strings.ContainsFunc(w, unicode.IsSpace) {
				t.Fatalf("word %q of %q", w, text)
			}
			if !utf8.ValidString(w) {
				t.Fatalf("word %q of %q is cut inside a character", w, text)
			}
			if Weight(w) < 1 || Seconds(w, 165) <= 0 {
				t.Fatalf("word %q takes no time", w)
			}
		}
		if got, want := bare(strings.Join(list, "")), bare(text); got != want {
			t.Fatalf("words of %q hold %q", text, got)
		}
	})
}

func TestSentenceAndClauseEnds(t *testing.T) {
	for word, want := range map[string][2]bool{
		"end.": {true, false}, "end.\"": {true, false}, "真的？": {true, false}, "है।": {true, false},
		"one,": {false, true}, "今日は、": {false, true}, "word": {false, false}, "(aside)": {false, false},
	} {
		if got := [2]bool{EndsSentence(word), EndsClause(word)}; got != want {
			t.Errorf("%q ends a sentence, a clause: %v, want %v", word, got, want)
		}
	}
}
