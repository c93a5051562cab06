package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/screen"
)

// view shows a watch while it runs.
type view interface {
	show(batch *progress.Batch, fresh []*schedulerv1.JobEvent, message *schedulerv1.WatchBulkJobResponse) error
	lost(wait time.Duration)
	close() error
}

// newView chooses the view: JSON lines for programs, bars on a terminal, plain lines elsewhere.
func newView(env *environment, asJSON bool) view {
	switch {
	case asJSON:
		return &jsonView{out: env.stdout}
	case env.screen.Live:
		width := func() int { w, _ := env.screen.Size(); return w }
		return &liveView{env: env, live: screen.NewLive(env.stdout, width)}
	}
	return &plainView{env: env}
}

// plainView writes one line per change of state.
type plainView struct {
	env  *environment
	away bool // the connection is lost, and that was said
}

func (v *plainView) show(_ *progress.Batch, fresh []*schedulerv1.JobEvent, _ *schedulerv1.WatchBulkJobResponse) error {
	v.away = false
	for _, event := range fresh {
		if line := progress.Line(event, v.env.zone); line != "" {
			if err := v.env.say(line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *plainView) lost(time.Duration) {
	if !v.away {
		fmt.Fprintln(v.env.stderr, "connection lost; trying to get it back")
	}
	v.away = true
}

func (v *plainView) close() error { return nil }

// liveView redraws bars in place; lines of what ended scroll away above them.
type liveView struct {
	env  *environment
	live *screen.Live
	last []string
}

func (v *liveView) show(batch *progress.Batch, fresh []*schedulerv1.JobEvent, _ *schedulerv1.WatchBulkJobResponse) error {
	var above []string
	for _, event := range fresh {
		if progress.Ended(event) {
			above = append(above, progress.Line(event, v.env.zone))
		}
	}
	width, height := v.env.screen.Size()
	v.last = batch.Lines(progress.Style{
		// The last column stays free, because some terminals break the line there.
		Width: max(20, width-1), Height: max(4, height-2), Color: v.env.screen.Color, ASCII: v.env.screen.ASCII,
	})
	return v.live.Draw(above, v.last)
}

func (v *liveView) lost(wait time.Duration) {
	notice := fmt.Sprintf("connection lost; trying again in %s", wait.Round(100*time.Millisecond))
	_ = v.live.Draw(nil, append(append([]string{}, v.last...), notice)) // the next message tells of a broken terminal
}

func (v *liveView) close() error { return v.live.Clear() }

// jsonView writes every message that tells something as one line: a WatchBulkJobResponse without repeated events.
type jsonView struct{ out io.Writer }

func (v *jsonView) show(_ *progress.Batch, fresh []*schedulerv1.JobEvent, m *schedulerv1.WatchBulkJobResponse) error {
	if len(fresh) == 0 && m.GetBulkJob() == nil {
		return nil
	}
	raw, err := message(&schedulerv1.WatchBulkJobResponse{BulkJob: m.GetBulkJob(), Events: fresh, ResumeToken: m.GetResumeToken()})
	if err != nil {
		return err
	}
	return json.NewEncoder(v.out).Encode(raw)
}

func (v *jsonView) lost(time.Duration) {}

func (v *jsonView) close() error { return nil }
