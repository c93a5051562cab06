// Package estimate says what the videos of a sheet will cost and how long they will take, before anything is made.
//
// It is pure, and rough on purpose: every figure comes with the sentence that says how it came about. A wanted length
// is believed; else the text decides, at the pace at which Sheetreel's narrators speak.
package estimate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

const (
	// wordsPerMinute is the pace of a narrator who is given none.
	wordsPerMinute = 165
	// signsPerSecond is the same for scripts without spaces between words.
	signsPerSecond = 5
	// rendering is how many seconds one worker takes for a second of video at 720p: about as long as the video on one
	// processor core; a rough figure, which other sizes and machines change.
	rendering = 1.0
)

// The types of use that are estimated, as the rates of providers call them.
const (
	renderSecond = "render_second"
	videoSecond  = "video_second"
	character    = "character"
)

// Prices are what a unit costs with the provider that makes the videos.
type Prices struct {
	Currency string
	Micros   map[string]int64 // by type of use
}

// Sum adds up what ideas need. The zero value is ready.
type Sum struct {
	videos, spoken, characters int
	length                     time.Duration
}

// Add counts one video.
func (s *Sum) Add(idea *ingestv1.Idea) {
	text := spoken(idea)
	s.videos++
	s.characters += utf8.RuneCountInString(text)
	if d := idea.GetDuration().AsDuration(); d > 0 {
		s.length += d
		return
	}
	s.spoken++
	s.length += Narration(text)
}

// Estimate gives the estimate for all that was added. prices is nil when they are not known.
func (s *Sum) Estimate(prices *Prices) *ingestv1.ImportEstimate {
	length := s.length.Round(time.Second)
	work := time.Duration(float64(s.length) * rendering).Round(time.Second)
	e := &ingestv1.ImportEstimate{
		VideoCount: int32(s.videos), VideoDuration: durationpb.New(length), RenderDuration: durationpb.New(work),
	}
	if s.videos == 0 {
		return e
	}
	e.Explanations = append(e.Explanations, s.lengths(),
		fmt.Sprintf("One render worker needs about %.1f s for a second of video at 720p; more workers share the work.", rendering))
	if prices == nil {
		e.Explanations = append(e.Explanations, "The cost is not estimated, because the prices could not be read.")
		return e
	}
	e.CurrencyCode = prices.Currency
	units := map[string]float64{renderSecond: work.Seconds(), videoSecond: length.Seconds(), character: float64(s.characters)}
	paid := false
	for _, kind := range slices.Sorted(maps.Keys(prices.Micros)) {
		price := prices.Micros[kind]
		if price == 0 {
			continue
		}
		paid = true
		used, known := units[kind]
		if !known {
			e.Explanations = append(e.Explanations, fmt.Sprintf("What is paid for %s is not in the estimate.", kind))
			continue
		}
		micros := math.Round(used * float64(price))
		e.CostMicros += int64(min(micros, math.MaxInt64/16))
		e.Explanations = append(e.Explanations, fmt.Sprintf("%.0f %s at %s %s each: %s %s.",
			used, kind, money(float64(price)), prices.Currency, money(micros), prices.Currency))
	}
	if !paid {
		e.Explanations = append(e.Explanations, "Rendering has no price here, so it costs nothing.")
	}
	return e
}

// lengths says how the length of the videos came about.
func (s *Sum) lengths() string {
	const pace = "from the number of words at %d words a minute (%d signs a second in scripts without spaces)"
	switch s.spoken {
	case 0:
		return "The length of each video is as its row wants it."
	case s.videos:
		return fmt.Sprintf("The length of the videos is estimated "+pace+".", wordsPerMinute, signsPerSecond)
	}
	return fmt.Sprintf("%d of %d rows say how long their video is; the others are estimated "+pace+".",
		s.videos-s.spoken, s.videos, wordsPerMinute, signsPerSecond)
}

// spoken is what a video says.
func spoken(idea *ingestv1.Idea) string {
	text := idea.GetScript()
	if text == "" {
		text = idea.GetDescription()
	}
	return strings.Join([]string{idea.GetHook(), text, idea.GetCallToAction()}, " ")
}

// Narration estimates how long a text takes to say.
func Narration(text string) time.Duration {
	words, signs, inWord := 0, 0, false
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			if !unicode.IsMark(r) {
				signs++
			}
			inWord = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if !inWord {
				words++
			}
			inWord = true
		case unicode.IsSpace(r):
			inWord = false
		}
	}
	return time.Duration(words)*time.Minute/wordsPerMinute + time.Duration(signs)*time.Second/signsPerSecond
}

// money writes millionths of a unit with as many decimals as they have, at least two.
func money(micros float64) string {
	text := strings.TrimRight(fmt.Sprintf("%.6f", micros/1e6), "0")
	if point := strings.IndexByte(text, '.'); len(text)-point < 3 {
		text += strings.Repeat("0", 3-(len(text)-point))
	}
	return text
}
