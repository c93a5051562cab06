package film_test

import (
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// fontFolder is where Debian's font packages put their files.
const fontFolder = "/usr/share/fonts"

// fonts are read once for all tests.
var fonts = sync.OnceValues(func() (*typeset.Library, error) { return typeset.Open([]string{fontFolder}) })

func library(t testing.TB) *typeset.Library {
	t.Helper()
	lib, err := fonts()
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// text is a video's text in one language.
type text struct {
	title  string
	scenes [][2]string // headline and narration
}

var texts = sync.OnceValue(func() map[string]text {
	return map[string]text{
		"en": {"Why cats *always* land on their feet", [][2]string{
			{"Why cats *always* land on their feet", "Drop a cat and it lands on its feet."},
			{"Like a *spirit* level", "Their ears feel which way is down, like a spirit level 🚀."},
			{"", "Fifty-three bones make a spine that bends and twists in the air."},
		}},
		"de": {"Geschwindigkeitsbegrenzung auf *Autobahnen*", [][2]string{
			{"Geschwindigkeitsbegrenzung auf *Autobahnen*", "Ein Donaudampfschifffahrtsgesellschaftskapitän fährt langsam."},
			{"*Verkehrsunfallstatistiken* der Bundesanstalt", "Die Bundesanstalt für Straßenwesen zählt mit."},
		}},
		"ar": {"لماذا تهبط القطط *دائما* على أقدامها؟", [][2]string{
			{"لماذا تهبط القطط *دائما* على أقدامها؟", "لأنها تعرف أين الأسفل، مثل ميزان الماء."},
			{"الجزء *الأمامي* يدور أولا", "الجزء الأمامي يدور أولا ثم يتبعه الجزء الخلفي."},
		}},
		"ja": {"猫はなぜ*いつも*足から着地するのか", [][2]string{
			{"猫はなぜ*いつも*足から着地するのか", "耳の中の器官が、どちらが下かを感じ取ります。"},
			{"まず*前半身*が回る", "まず前半身が回り、次に後半身が続きます。"},
		}},
		"hi": {"बिल्ली *हमेशा* पैरों पर क्यों गिरती है?", [][2]string{
			{"बिल्ली *हमेशा* पैरों पर क्यों गिरती है?", "उनके कान बताते हैं कि नीचे किधर है।"},
			{"पहले *आगे* का हिस्सा", "पहले आगे का हिस्सा घूमता है, फिर पीछे का हिस्सा।"},
		}},
	}
})

// storyboard makes a storyboard of a language's text, with words of equal length.
func storyboard(lang, style string, width, height int32) *storyboardv1.Storyboard {
	of := texts()[lang]
	sb := &storyboardv1.Storyboard{
		Title:    of.title,
		Canvas:   &storyboardv1.Canvas{Width: width, Height: height, FrameRate: 30},
		Theme:    &storyboardv1.Theme{Style: style, Palette: "midnight", Seed: 7},
		Narrator: &storyboardv1.Narrator{Language: lang},
	}
	start := time.Duration(0)
	for i, s := range of.scenes {
		role := storyboardv1.Scene_BODY
		if i == 0 {
			role = storyboardv1.Scene_HOOK
		}
		scene := &storyboardv1.Scene{Role: role, Headline: s[0], Narration: s[1], Start: durationpb.New(start)}
		at := 300 * time.Millisecond
		for _, w := range words.Split(s[1]) {
			scene.Words = append(scene.Words, &storyboardv1.TimedWord{
				Text: w, Start: durationpb.New(at), End: durationpb.New(at + 250*time.Millisecond),
			})
			at += 300 * time.Millisecond
		}
		length := at.Truncate(100*time.Millisecond) + 500*time.Millisecond
		scene.Duration = durationpb.New(length)
		start += length
		sb.Scenes = append(sb.Scenes, scene)
	}
	sb.Duration = durationpb.New(start)
	return sb
}
