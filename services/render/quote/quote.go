// Package quote says what a render will take before it is done.
//
// A quote is a model (so much for setting up, for each pixel that is drawn and encoded, for each second of sound) times
// the speed of this host, which is measured once, times what receipts have taught. It promises: figures in the units of
// receipts, a median and a value that nine of ten stay below, and no price that nobody has told.
package quote

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Costs on the host where the model was made, in seconds of processor time.
const (
	setup       = 0.7
	perScene    = 0.25    // letters and backdrop
	drawMpx     = 0.0060  // a million pixels of a frame
	encodeMpx   = 0.0087  // of H.264
	perSecond   = 0.12    // of speech, sound and a look at the result
	bytesPerMpx = 2700.0  // of encoded picture
	soundBytes  = 20000.0 // a second
)

// Limits of what is learned: one strange receipt must not spoil all quotes.
const (
	rate         = 0.2 // weight of the newest receipt
	firstSpread  = 0.3 // of the logarithm, before anything is known
	leastSpread  = 0.08
	mostDistance = 1.2
)

// Book makes quotes and learns from receipts. It is safe for concurrent use.
type Book struct {
	path  string
	speed func() float64 // of this host, beside the model's

	mu      sync.Mutex
	lessons map[string]lesson
}

// lesson is how receipts of a kind of video differ from the model, in logarithms.
type lesson struct {
	Bias   float64 `json:"bias"`
	Spread float64 `json:"spread"`
	Count  int     `json:"count"`
}

// Open makes a book that keeps what it learns in a file; an empty path keeps it in memory. A file that is missing or
// damaged only means that nothing has been learned yet. The host is measured at the first quote.
func Open(path string) *Book {
	b := &Book{path: path, speed: sync.OnceValue(hostSpeed)}
	b.lessons = load(path)
	return b
}

// Quote says what a storyboard will take when nothing of it is in the cache.
func (b *Book) Quote(sb *storyboardv1.Storyboard) *renderv1.Quote {
	l := b.lesson(kindOf(sb.GetOutput()))
	cpu := model(sb) * b.speed() * math.Exp(l.Bias)
	most := cpu * math.Exp(1.28*l.Spread)
	// Scenes are rendered side by side; what is before and after them is not.
	side := min(runtime.NumCPU(), max(1, len(sb.GetScenes())))
	wall := setup*b.speed() + cpu/float64(side)*1.1
	q := &renderv1.Quote{
		CpuDuration: seconds(cpu), MaxCpuDuration: seconds(most), RenderDuration: seconds(wall), SizeBytes: size(sb),
		Explanations: []string{fmt.Sprintf("processor time by a measurement of this machine and %d finished renders of this kind, for a video of which nothing was made before", l.Count)},
	}
	q.Explanations = append(q.Explanations, "no price is known for the processor time of this machine")
	return q
}

// Learn takes in what a render took. A render of which the cache had scenes is compared with its share.
func (b *Book) Learn(sb *storyboardv1.Storyboard, r *renderv1.Receipt) error {
	all := r.GetReusedSceneCount() + r.GetRenderedSceneCount()
	spent := r.GetCpuDuration().AsDuration().Seconds()
	if r.GetRenderedSceneCount() == 0 || all == 0 || spent <= 0 {
		return nil
	}
	expected := setup + (model(sb)-setup)*float64(r.GetRenderedSceneCount())/float64(all)
	off := math.Log(spent / (expected * b.speed()))
	kind := kindOf(sb.GetOutput())
	b.mu.Lock()
	defer b.mu.Unlock()
	l, known := b.lessons[kind]
	if !known {
		l.Spread = firstSpread
	}
	weight := max(rate, 1/float64(l.Count+1))
	distance := min(max(off-l.Bias, -mostDistance), mostDistance)
	l.Bias += weight * distance
	if l.Count > 0 {
		l.Spread += rate * (math.Abs(distance)*1.25 - l.Spread)
	}
	l.Spread = max(l.Spread, leastSpread)
	l.Count++
	b.lessons[kind] = l
	return save(b.path, b.lessons)
}

func (b *Book) lesson(kind string) lesson {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, known := b.lessons[kind]
	if !known {
		l.Spread = firstSpread
	}
	return l
}

// model is the processor time of a video on the model's host, in seconds.
func model(sb *storyboardv1.Storyboard) float64 {
	mpx := megapixels(sb)
	return setup + perScene*float64(len(sb.GetScenes())) + mpx*(drawMpx+encodeMpx*effort(sb.GetOutput())) +
		perSecond*sb.GetDuration().AsDuration().Seconds()
}

// megapixels are all pixels of all frames, in millions.
func megapixels(sb *storyboardv1.Storyboard) float64 {
	c := sb.GetCanvas()
	return float64(c.GetWidth()) * float64(c.GetHeight()) / 1e6 * sb.GetDuration().AsDuration().Seconds() * float64(c.GetFrameRate())
}

// effort is how much more an encoder works than the one for H.264.
func effort(o *storyboardv1.Output) float64 {
	switch {
	case o.GetDraft():
		return 0.45
	case o.GetVideoCodec() == storyboardv1.Output_H265:
		return 2.5
	case o.GetVideoCodec() == storyboardv1.Output_VP9:
		return 4
	}
	return 1
}

func size(sb *storyboardv1.Storyboard) int64 {
	picture := megapixels(sb) * bytesPerMpx
	switch o := sb.GetOutput(); {
	case o.GetDraft():
		picture *= 2.5
	case o.GetVideoCodec() == storyboardv1.Output_H265, o.GetVideoCodec() == storyboardv1.Output_VP9:
		picture *= 0.7
	}
	return int64(picture + soundBytes*sb.GetDuration().AsDuration().Seconds())
}

// kindOf names videos whose receipts are alike.
func kindOf(o *storyboardv1.Output) string {
	if o.GetDraft() {
		return "draft"
	}
	return strings.ToLower(o.GetVideoCodec().String())
}

func seconds(s float64) *durationpb.Duration {
	return durationpb.New(time.Duration(s*1000) * time.Millisecond)
}
