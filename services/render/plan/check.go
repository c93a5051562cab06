package plan

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Bounds of a storyboard that somebody else made.
const (
	minSide, maxSide      = 64, 3840
	minRate, maxRate      = 10, 60
	maxTitle, maxHeadline = 300, 300 // characters
	maxNarration          = 2000     // characters of one scene
	maxFigure             = 12       // characters
	maxPrompt             = 5000     // characters
	maxURI                = 2048     // bytes
	minPace, maxPace      = 60, 400  // words a minute
	shortestScene         = 200 * time.Millisecond
)

// Patterns of names.
var (
	languageTag  = regexp.MustCompile(`^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$`)
	sceneName    = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	providerName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
)

// fault is what is wrong with a field of a storyboard.
type fault struct{ path, problem string }

// checkStoryboard refuses a storyboard that is out of bounds. The error names the path of the first field that is wrong.
func checkStoryboard(sb *storyboardv1.Storyboard) error {
	for _, f := range []func(*storyboardv1.Storyboard) *fault{checkHead, checkTheme, checkNarrator, checkScenes} {
		if bad := f(sb); bad != nil {
			return unrenderable("storyboard."+bad.path, bad.problem)
		}
	}
	return checkOutput("storyboard.output", sb.GetOutput())
}

func checkHead(sb *storyboardv1.Storyboard) *fault {
	if bad := text("title", sb.GetTitle(), maxTitle); bad != nil {
		return bad
	}
	if t := sb.GetTemplate(); t != "" && !slices.Contains(Templates(), t) {
		return &fault{"template", fmt.Sprintf("is %q; it must be %s, or be left out", t, strings.Join(Templates(), ", "))}
	}
	if c := sb.GetCanvas(); c != nil {
		for _, side := range []struct {
			name  string
			value int32
		}{{"width", c.GetWidth()}, {"height", c.GetHeight()}} {
			if side.value < minSide || side.value > maxSide || side.value%2 != 0 {
				return &fault{"canvas." + side.name, fmt.Sprintf("is %d; it must be even, from %d to %d", side.value, minSide, maxSide)}
			}
		}
		if c.GetFrameRate() < minRate || c.GetFrameRate() > maxRate {
			return &fault{"canvas.frame_rate", fmt.Sprintf("is %d; it must be from %d to %d", c.GetFrameRate(), minRate, maxRate)}
		}
		if bad := known("canvas.safe_area", c.GetSafeArea()); bad != nil {
			return bad
		}
		if bad := text("canvas.aspect_ratio", c.GetAspectRatio(), 16); bad != nil {
			return bad
		}
	}
	if bad := known("sound.loudness", sb.GetSound().GetLoudness()); bad != nil {
		return bad
	}
	if bad := link("sound.music_uri", sb.GetSound().GetMusicUri()); bad != nil {
		return bad
	}
	return link("sound.narration_uri", sb.GetSound().GetNarrationUri())
}

func checkTheme(sb *storyboardv1.Storyboard) *fault {
	t := sb.GetTheme()
	if s := t.GetStyle(); s != "" && !slices.Contains(Styles(), s) {
		return &fault{"theme.style", fmt.Sprintf("is %q; it must be %s, or be left out", s, strings.Join(Styles(), ", "))}
	}
	if p := t.GetPalette(); p != "" && !slices.Contains(Palettes(), p) {
		return &fault{"theme.palette", fmt.Sprintf("is %q; it must be %s, or be left out", p, strings.Join(Palettes(), ", "))}
	}
	for _, c := range []struct{ name, value string }{
		{"accent_color", t.GetBrand().GetAccentColor()}, {"base_color", t.GetBrand().GetBaseColor()},
	} {
		if _, ok := parseColour(c.value); c.value != "" && (!ok || c.value[0] != '#') {
			return &fault{"theme.brand." + c.name, fmt.Sprintf("is %q; it must be a colour such as #1f6feb, or be left out", c.value)}
		}
	}
	return link("theme.brand.logo_uri", t.GetBrand().GetLogoUri())
}

func checkNarrator(sb *storyboardv1.Storyboard) *fault {
	n := sb.GetNarrator()
	if bad := text("narrator.voice", n.GetVoice(), 128); bad != nil {
		return bad
	}
	if !languageTag.MatchString(n.GetLanguage()) || len(n.GetLanguage()) > 35 {
		return &fault{"narrator.language", fmt.Sprintf("is %q; it must be a BCP 47 tag such as en or pt-BR, or be left out", n.GetLanguage())}
	}
	if p := n.GetWordsPerMinute(); p != 0 && (p < minPace || p > maxPace) {
		return &fault{"narrator.words_per_minute", fmt.Sprintf("is %d; it must be from %d to %d, or be left out", p, minPace, maxPace)}
	}
	return nil
}

func checkScenes(sb *storyboardv1.Storyboard) *fault {
	if n := len(sb.GetScenes()); n < 1 || n > maxScenes {
		return &fault{"scenes", fmt.Sprintf("there are %d; there must be 1 to %d", n, maxScenes)}
	}
	seen, total := map[string]int{}, 0
	for i, s := range sb.GetScenes() {
		bad := checkScene(s)
		if first, twice := seen[s.GetId()]; bad == nil && twice && s.GetId() != "" {
			bad = &fault{"id", fmt.Sprintf("%q is also that of scenes[%d]", s.GetId(), first)}
		}
		if bad != nil {
			return &fault{fmt.Sprintf("scenes[%d].%s", i, bad.path), bad.problem}
		}
		seen[s.GetId()] = i
		total += utf8.RuneCountInString(s.GetNarration())
	}
	if total > maxScript {
		return &fault{"scenes", fmt.Sprintf("have %d characters of narration; at most %d can be spoken in one video", total, maxScript)}
	}
	return nil
}

func checkScene(s *storyboardv1.Scene) *fault {
	if id := s.GetId(); id != "" && !sceneName.MatchString(id) {
		return &fault{"id", fmt.Sprintf("is %q; it must be lower-case letters, digits, - and _, at most 63, and begin with a letter", id)}
	}
	for _, bad := range []*fault{
		known("role", s.GetRole()), known("transition", s.GetTransition()),
		text("headline", s.GetHeadline(), maxHeadline), text("narration", s.GetNarration(), maxNarration), text("figure", s.GetFigure(), maxFigure),
		length("duration", s.GetDuration()), length("min_duration", s.GetMinDuration()),
		checkMedia("hero", s.GetHero()), checkMedia("background", s.GetBackground()), checkWords(s.GetWords()),
	} {
		if bad != nil {
			return bad
		}
	}
	return nil
}

func checkWords(list []*storyboardv1.TimedWord) *fault {
	if len(list) > maxNarration {
		return &fault{"words", fmt.Sprintf("there are %d; at most %d are allowed", len(list), maxNarration)}
	}
	last := time.Duration(0)
	for i, w := range list {
		path := fmt.Sprintf("words[%d].", i)
		if bad := text(path+"text", w.GetText(), maxNarration); bad != nil {
			return bad
		}
		start, end := w.GetStart().AsDuration(), w.GetEnd().AsDuration()
		switch {
		case w.GetStart().CheckValid() != nil && w.GetStart() != nil, start < last:
			return &fault{path + "start", fmt.Sprintf("is %v; words follow each other, and the one before ends at %v", start, last)}
		case w.GetEnd().CheckValid() != nil, end <= start, end > longest:
			return &fault{path + "end", fmt.Sprintf("is %v; a word ends after its start at %v and within %v", end, start, longest)}
		}
		last = end
	}
	return nil
}

func checkMedia(path string, m *storyboardv1.Media) *fault {
	if m.GetFocusX() < 0 || m.GetFocusX() > 1000 {
		return &fault{path + ".focus_x", fmt.Sprintf("is %d; it must be from 0 to 1000", m.GetFocusX())}
	}
	if m.GetFocusY() < 0 || m.GetFocusY() > 1000 {
		return &fault{path + ".focus_y", fmt.Sprintf("is %d; it must be from 0 to 1000", m.GetFocusY())}
	}
	switch kind := m.GetKind().(type) {
	case *storyboardv1.Media_ImageUri:
		if kind.ImageUri == "" {
			return &fault{path + ".image_uri", "is empty"}
		}
		return link(path+".image_uri", kind.ImageUri)
	case *storyboardv1.Media_VideoUri:
		if kind.VideoUri == "" {
			return &fault{path + ".video_uri", "is empty"}
		}
		return link(path+".video_uri", kind.VideoUri)
	case *storyboardv1.Media_Emoji:
		if !oneEmoji(kind.Emoji) {
			return &fault{path + ".emoji", fmt.Sprintf("is %q; it must be one emoji", kind.Emoji)}
		}
	case *storyboardv1.Media_Generated_:
		g := kind.Generated
		if !providerName.MatchString(g.GetProvider()) {
			return &fault{path + ".generated.provider", fmt.Sprintf("is %q; it must be a provider's name", g.GetProvider())}
		}
		if strings.TrimSpace(g.GetPrompt()) == "" {
			return &fault{path + ".generated.prompt", "is empty"}
		}
		return text(path+".generated.prompt", g.GetPrompt(), maxPrompt)
	}
	return nil
}

// oneEmoji tells whether text is one picture character.
func oneEmoji(text string) bool {
	if len(text) == 0 || len(text) > 64 || uniseg.GraphemeClusterCount(text) != 1 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || strings.ContainsRune(text, '\ufe0f') || r >= 0x1f000 && r < 0x1fb00
}

// known refuses numbers that an enum does not have.
func known(path string, e protoreflect.Enum) *fault {
	if e.Descriptor().Values().ByNumber(e.Number()) == nil {
		return &fault{path, fmt.Sprintf("is %d, which there is not", e.Number())}
	}
	return nil
}

func text(path, value string, most int) *fault {
	if n := utf8.RuneCountInString(value); n > most {
		return &fault{path, fmt.Sprintf("has %d characters; at most %d are allowed", n, most)}
	}
	return nil
}

func length(path string, d *durationpb.Duration) *fault {
	if d == nil || d.GetSeconds() == 0 && d.GetNanos() == 0 {
		return nil
	}
	if v := d.AsDuration(); d.CheckValid() != nil || v < shortestScene || v > longest {
		return &fault{path, fmt.Sprintf("is %v; it must be from %v to %v, or be left out", v, shortestScene, longest)}
	}
	return nil
}

// link checks an address; none at all is fine.
func link(path, uri string) *fault {
	if problem := checkURI(uri); uri != "" && problem != "" {
		return &fault{path, problem}
	}
	return nil
}

// checkURI says what is wrong with the address of a file; nothing when it is fine.
func checkURI(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case len(uri) > maxURI:
		return fmt.Sprintf("has %d bytes; at most %d are allowed", len(uri), maxURI)
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil:
		return "must be a public https link without a user name"
	}
	return ""
}
