package film

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

func TestEmphasis(t *testing.T) {
	for _, tc := range []struct{ in, text, strong string }{
		{"a *b* c", "a b c", "..x.."},
		{"*all of it*", "all of it", "xxxxxxxxx"},
		{"2 * 3", "2 * 3", "....."},
		{"*a* and *b*", "a and b", "x.....x"},
		{"**", "", ""},
		{"", "", ""},
		{"猫は*いつ*も", "猫はいつも", "..xx."},
	} {
		text, strong := emphasis(tc.in)
		var marks strings.Builder
		for _, s := range strong {
			marks.WriteByte(map[bool]byte{false: '.', true: 'x'}[s])
		}
		if text != tc.text || marks.String() != tc.strong {
			t.Errorf("%q is %q %q, want %q %q", tc.in, text, marks.String(), tc.text, tc.strong)
		}
	}
}

func FuzzEmphasis(f *testing.F) {
	f.Add("a *b* c")
	f.Add("***")
	f.Fuzz(func(t *testing.T, s string) {
		text, strong := emphasis(glue(s))
		if n := len([]rune(text)); n != len(strong) {
			t.Fatalf("%d characters, %d marks", n, len(strong))
		}
		if strings.ToValidUTF8(strings.ReplaceAll(s, string(wordJoiner), ""), "\uFFFD") == s {
			if back := strings.ReplaceAll(glue(s), string(wordJoiner), ""); back != s {
				t.Fatalf("glue turned %q into %q", s, back)
			}
		}
	})
}

func timedWords(list ...string) []*storyboardv1.TimedWord {
	var out []*storyboardv1.TimedWord
	for i, w := range list {
		at := time.Duration(i) * 300 * time.Millisecond
		out = append(out, &storyboardv1.TimedWord{Text: w, Start: durationpb.New(at), End: durationpb.New(at + 250*time.Millisecond)})
	}
	return out
}

func TestPages(t *testing.T) {
	same := func(s string) string { return s }
	for _, tc := range []struct {
		name  string
		words []*storyboardv1.TimedWord
		want  []string
	}{
		{"fits", timedWords("Drop", "a", "cat."), []string{"Drop a cat."}},
		{"sentence ends a page", timedWords("No.", "Yes", "it", "is."), []string{"No.", "Yes it is."}},
		{"width ends a page", timedWords("aaaaaaaa", "bbbbbbbb", "cccccccc"), []string{"aaaaaaaa bbbbbbbb", "cccccccc"}},
		{"late clause ends a page", timedWords("aaaaaaaaaaaa,", "b", "c"), []string{"aaaaaaaaaaaa,", "b c"}},
		{"wide characters take two columns", timedWords("猫はなぜ", "いつも", "足から", "着地"), []string{"猫はなぜいつも足から", "着地"}},
		{"a word wider than a page", timedWords(strings.Repeat("x", 40), "y"), []string{strings.Repeat("x", 40), "y"}},
		{"nothing", nil, nil},
	} {
		var got []string
		for _, p := range paginate(tc.words, 20, 10, same) {
			got = append(got, p.text)
			for _, w := range p.words {
				if w.from >= w.to || w.to > len([]rune(p.text)) {
					t.Errorf("%s: word at %d to %d of %q", tc.name, w.from, w.to, p.text)
				}
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s:\n%s", tc.name, diff)
		}
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	pages := paginate(timedWords(strings.Fields("one two three four five six seven eight nine ten. eleven twelve")...), 14, 5, func(s string) string { return s })
	last := 0.0
	for i, p := range pages {
		if p.from < last || p.to <= p.from || p.to > 5 {
			t.Errorf("page %d is seen from %.2f to %.2f", i, p.from, p.to)
		}
		for k, w := range p.words {
			if got := p.active((w.start + w.end) / 2); got != k {
				t.Errorf("page %d: while word %d is spoken, word %d is marked", i, k, got)
			}
		}
		last = p.to
	}
}

func TestPresence(t *testing.T) {
	p := presence{delay: 0.1, end: 3, rise: 40}
	for _, tc := range []struct {
		name           string
		t, opacity, dy float64
	}{
		{"before", 0, 0, 40},
		{"there", 1, 1, 0},
		{"gone", 3, 0, -24},
	} {
		opacity, dy := p.at(tc.t)
		if opacity != tc.opacity || dy != tc.dy {
			t.Errorf("%s: opacity %.2f at %.1f px", tc.name, opacity, dy)
		}
	}
}
