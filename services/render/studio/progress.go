package studio

import (
	"time"

	"github.com/sheetreel/sheetreel/services/render/provider"
)

// stage is a part of a render.
type stage string

const (
	stagePlan   stage = "plan"
	stageSpeech stage = "speech"
	stageFrames stage = "frames"
	stageMux    stage = "mux"
)

// share is where a stage begins and ends, in percent of the render.
func (s stage) share() (from, to float64) {
	switch s {
	case stagePlan:
		return 0, 2
	case stageSpeech:
		return 2, 12
	case stageFrames:
		return 12, 95
	}
	return 95, 100
}

// progress tells the caller how far a render is. It never goes back.
type progress struct {
	tell    func(provider.Progress)
	now     func() time.Time
	percent float64
	started time.Time // of the frames
}

func newProgress(tell func(provider.Progress)) *progress {
	if tell == nil {
		tell = func(provider.Progress) {}
	}
	return &progress{tell: tell, now: time.Now}
}

// report tells that a part, from 0 to 1, of a stage is done.
func (p *progress) report(s stage, part float64) { p.send(s, part, 0) }

// frames tells that so many frames of all are done, and how long the rest takes at the rate so far.
func (p *progress) frames(done, all int) {
	if p.started.IsZero() {
		p.started = p.now()
		p.send(stageFrames, float64(done)/float64(all), 0)
		return
	}
	// The first frame began the clock.
	rest := p.now().Sub(p.started) * time.Duration(all-done) / time.Duration(done-1)
	p.send(stageFrames, float64(done)/float64(all), rest)
}

func (p *progress) send(s stage, part float64, eta time.Duration) {
	from, to := s.share()
	p.percent = max(p.percent, from+(to-from)*part)
	p.tell(provider.Progress{Stage: string(s), Percent: p.percent, ETA: eta})
}
