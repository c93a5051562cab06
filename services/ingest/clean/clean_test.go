package clean_test

import (
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
)

func TestLine(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"trims and joins":          {"  a \t b\n\nc ", "a b c"},
		"no-break and wide spaces": {"a\u00a0b\u3000c", "a b c"},
		"byte order mark":          {"\ufeffTitle", "Title"},
		"zero width space":         {"Ti\u200btle", "Title"},
		"soft hyphen":              {"Ti\u00adtle", "Title"},
		"control characters":       {"a\x00b\x1b[31mc", "ab[31mc"},
		"direction overrides":      {"a\u202eb\u2066c", "abc"},
		"emoji family stays":       {"👨\u200d👩\u200d👧 day", "👨\u200d👩\u200d👧 day"},
		"hindi joiner stays":       {"क्\u200dष", "क्\u200dष"},
		"decomposed to composed":   {"Cafe\u0301", "Caf\u00e9"},
		"invalid utf-8":            {"a\xffb", "ab"},
		"empty":                    {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := clean.Line(c.in); got != c.want {
				t.Errorf("Line(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"keeps lines":       {"one \r\n  two", "one\ntwo"},
		"one blank line":    {"\n\none\n\n\n\ntwo\n\n", "one\n\ntwo"},
		"unicode separator": {"one\u2028two", "one\ntwo"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := clean.Text(c.in); got != c.want {
				t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestKey(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"Call_To-Action", "call to action"},
		{"  TITLE\u200b\n", "title"},
		{"Ｔｉｔｌｅ", "title"},
		{"STRASSE", "straße"},
		{"aspect.ratio", "Aspect Ratio"},
		{"Year\n", "year"},
	} {
		if clean.Key(c.a) != clean.Key(c.b) {
			t.Errorf("Key(%q) = %q differs from Key(%q) = %q", c.a, clean.Key(c.a), c.b, clean.Key(c.b))
		}
	}
}

func TestHTML(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		tags     bool
	}{
		"bold":              {"a <b>bold</b> word", "a bold word", true},
		"break":             {"one<br/>two</p>three", "one\ntwo\nthree", true},
		"script is dropped": {"x<script>alert(1)</script>y", "x y", true},
		"comment":           {"x<!-- secret -->y", "x y", true},
		"attributes":        {`<a href="https://x.example">link</a>`, "link", true},
		"entities":          {"Fish &amp; chips &#8211; &lt;3", "Fish & chips – <3", false},
		"comparison stays":  {"if a < b and c > d", "if a < b and c > d", false},
		"heart stays":       {"I <3 tea", "I <3 tea", false},
		"ampersand stays":   {"R&D", "R&D", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, tags := clean.HTML(c.in)
			if got != c.want || tags != c.tags {
				t.Errorf("HTML(%q) = %q, %v, want %q, %v", c.in, got, tags, c.want, c.tags)
			}
		})
	}
}

func FuzzLineAndText(f *testing.F) {
	for _, s := range []string{"", "a\u0301\u200b b", "\r\n\n x", "\xff\xfe", "👨\u200d👩"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := clean.Line(s); clean.Line(once) != once {
			t.Errorf("Line is not idempotent for %q: %q, then %q", s, once, clean.Line(once))
		}
		if once := clean.Text(s); clean.Text(once) != once {
			t.Errorf("Text is not idempotent for %q: %q, then %q", s, once, clean.Text(once))
		}
		if key := clean.Key(s); strings.TrimSpace(key) != key {
			t.Errorf("Key(%q) = %q has white space around it", s, key)
		}
	})
}
