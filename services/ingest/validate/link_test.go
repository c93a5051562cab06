package validate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitLinks(t *testing.T) {
	for text, want := range map[string][]string{
		"https://a.com/1.jpg":                        {"https://a.com/1.jpg"},
		" https://a.com/1.jpg,\nhttps://a.com/2 ":    {"https://a.com/1.jpg", "https://a.com/2"},
		"https://a.com/w_1,h_2/x.jpg":                {"https://a.com/w_1,h_2/x.jpg"},
		"https://a.com/1.jpg,https://a.com/2.jpg":    {"https://a.com/1.jpg", "https://a.com/2.jpg"},
		"https://a.com/1.jpg;https://a.com/2;v=3":    {"https://a.com/1.jpg", "https://a.com/2;v=3"},
		"https://a.com/1.jpg|www.a.com/2.jpg":        {"https://a.com/1.jpg", "www.a.com/2.jpg"},
		"<https://a.com/1.jpg>":                      {"https://a.com/1.jpg"},
		"a picture of tea":                           {"a", "picture", "of", "tea"},
		" ,;| \n":                                    nil,
		"https://a.com/?u=https://b.com/c,d":         {"https://a.com/?u=https://b.com/c,d"},
		"\ufeffhttps://a.com/1.jpg\u00a0https://b.c": {"https://a.com/1.jpg", "https://b.c"},
	} {
		if diff := cmp.Diff(want, splitLinks(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// What is taken for a link can be put into an idea as it is, and is taken again.
func FuzzLinks(f *testing.F) {
	for _, s := range []string{"https://a.com/1.jpg, https://b.com", "http://a", "https://127.0.0.1/x", "https://a.com/ü?q=#x", "://", "www.", "a;b|c", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, word := range splitLinks(text) {
			link, problem, suggestion := checkLink(word)
			if (problem == "") == (link == "") || problem != "" && suggestion == "" {
				t.Fatalf("%q gives %q, %q, %q", word, link, problem, suggestion)
			}
			if link == "" {
				continue
			}
			if !strings.HasPrefix(link, "https://") || len(link) > longestLink || strings.ContainsAny(link, " \n\t") {
				t.Fatalf("%q is taken as %q", word, link)
			}
			if again, problem, _ := checkLink(link); problem != "" || again != link {
				t.Fatalf("%q is taken as %q, which is %q, %s", word, link, again, problem)
			}
		}
	})
}
