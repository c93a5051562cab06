package plan

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// The templates: how scenes are laid out.
const (
	Explainer = "explainer" // a headline with an illustration
	Listicle  = "listicle"  // a big number for each point
	Quote     = "quote"     // large words alone
	Image     = "image"     // pictures that fill the frame
)

// Templates are the names that a storyboard's template can have; the first is the default.
func Templates() []string { return []string{Explainer, Listicle, Quote, Image} }

// maxQuote is how long a text may be to count as a quote, in letters.
const maxQuote = 240

// templateOf is the template that was asked for, by the options or a column of that name, else what the texts look like.
func templateOf(idea *ingestv1.Idea, options *schedulerv1.RenderOptions, t texts) (string, error) {
	for _, asked := range []struct{ field, name string }{
		{"render_options.template", options.GetTemplate()}, {"variables.template", variable(idea, "template")},
	} {
		name := strings.ToLower(clean(asked.name))
		switch {
		case name == "":
		case slices.Contains(Templates(), name):
			return name, nil
		default:
			return "", unrenderable(asked.field, fmt.Sprintf("is %q; it must be %s", asked.name, strings.Join(Templates(), ", ")))
		}
	}
	switch {
	case t.items() >= 2:
		return Listicle, nil
	case len(pictures(idea)) >= max(1, len(chunks(plain(t.body)))): // one for each scene
		return Image, nil
	case t.quoted():
		return Quote, nil
	}
	return Explainer, nil
}

// items is how many points the texts number.
func (t texts) items() int {
	n, last := 0, ""
	for _, p := range t.body {
		if p.figure != "" && p.figure != last {
			n++
		}
		last = p.figure
	}
	return n
}

// quoted tells whether all that is said is one short quotation.
func (t texts) quoted() bool {
	if t.hook != "" || len(t.body) == 0 || len(t.body) > 2 || weight(strings.Join(plain(t.body), " ")) > maxQuote {
		return false
	}
	said, _ := attribution(t.body)
	first, last := []rune(said)[0], []rune(strings.TrimRight(said, ".!?…。！？ "))
	return len(last) > 1 && openingQuote(first) && closingQuote(last[len(last)-1])
}

// attribution takes the name of who said it off the end of a quotation: after a dash, or on a line of its own.
func attribution(body []paragraph) (said, who string) {
	said = body[0].text
	if len(body) == 2 {
		return said, strings.TrimSpace(strings.TrimLeft(body[1].text, "-–—~ "))
	}
	for _, dash := range []string{"—", "–", " - ", " ~ "} {
		if i := strings.LastIndex(said, dash); i > 0 && weight(said[i+len(dash):]) <= 40 && closingQuote(lastOf(said[:i])) {
			return strings.TrimSpace(said[:i]), strings.TrimSpace(said[i+len(dash):])
		}
	}
	return said, ""
}

func lastOf(text string) rune {
	r := []rune(strings.TrimRight(text, " .!?…。！？"))
	if len(r) == 0 {
		return 0
	}
	return r[len(r)-1]
}

func openingQuote(r rune) bool {
	return strings.ContainsRune(`"'「『`, r) || unicode.In(r, unicode.Pi) || r == '„' || r == '»'
}

func closingQuote(r rune) bool {
	return strings.ContainsRune(`"'」』`, r) || unicode.In(r, unicode.Pf) || r == '“' || r == '«'
}

// variable reads a column that Sheetreel has no field for, by its name in lower case with underscores.
func variable(idea *ingestv1.Idea, name string) string {
	found := ""
	for header, value := range idea.GetVariables() {
		if strings.Map(columnRune, strings.ToLower(strings.TrimSpace(header))) == name && (found == "" || value < found) {
			found = value // of two such columns always the same one
		}
	}
	return strings.TrimSpace(found)
}

func columnRune(r rune) rune {
	if r == ' ' || r == '-' {
		return '_'
	}
	return r
}
