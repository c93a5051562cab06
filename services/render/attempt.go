package render

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// renderShare is the part of an attempt's progress that belongs to the provider; the rest is publishing.
const renderShare = 0.91

// lookShare is the part until the video has been looked at.
const lookShare = 0.97

// attempt renders one video and reports its end, whatever that is. What it has uploaded is deleted again unless it
// was published, or may have been.
func (w *worker) attempt(l *lease) {
	log := w.Log.With("video_job", l.GetVideoJob().GetName(), "attempt", l.GetVideoJob().GetAttempt())
	log.Info("attempt started")
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(l.render, w.cfg.RenderTimeout, errTimedOut)
	defer cancel()

	up := &upload{bucket: w.Blob, folder: l.folder()}
	done, err := w.make(ctx, l, up)
	if err == nil {
		err = w.publish(l, up, done)
	}
	var waits *errThrottled
	switch cause := context.Cause(ctx); {
	case err == nil:
		log.Info("attempt completed", "duration", time.Since(start))
		w.forget(l.ctx, done.request, log)
		return
	case errors.Is(err, errUnknown):
		log.Warn("attempt ended without an answer; its files stay", "error", err)
		return
	case errors.Is(err, errRefused), errors.Is(err, errHandedBack), errors.Is(cause, errLost), errors.Is(cause, errFenced), errors.Is(cause, errCancelled):
		log.Info("attempt stopped", "reason", err)
	case errors.Is(cause, errDrain):
		log.Info("attempt handed back", "error", w.release(l))
	case errors.As(err, &waits):
		log.Info("attempt handed back until the provider takes orders", "reason", err, "error", w.release(l))
	default:
		err = w.fail(l, err, cause, log)
		if err != nil {
			log.Warn("the failure could not be reported", "error", err)
		}
	}
	if err := up.discard(l.ctx); err != nil {
		log.Warn("files of a failed attempt stay in the blob store", "folder", up.folder, "error", err)
	}
}

// made is a video that is ready to be published.
type made struct {
	length  time.Duration
	usage   []*schedulerv1.Usage
	request provider.Request
}

// make plans, renders and uploads. ctx ends the rendering, l.ctx the upload.
func (w *worker) make(ctx context.Context, l *lease, up *upload) (done made, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.Error("panic", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	start := time.Now()
	storyboard, err := plan.Plan(l.GetVideoJob().GetIdea(), l.GetRenderOptions())
	if err != nil {
		return made{}, err
	}
	dir, err := w.scratch.folder()
	if err != nil {
		return made{}, system(err)
	}
	defer dir.remove()
	share := newShares(l, storyboard)
	request := requestOf(l, storyboard, dir.path)
	got, err := w.gather(ctx, wishOf(request), storyboard, share.gathered)
	if err != nil {
		return made{}, dir.hide(err)
	}
	request.Media, request.Progress = got.media, share.rendered
	quoted := w.Quotes.Quote(storyboard)
	result, providers, err := w.renderBy(ctx, w.chain(l.GetRenderOptions()), l.GetVideoJob().GetAttempt(), request)
	if err != nil {
		return made{}, dir.hide(err)
	}
	result.Warnings = append(got.warnings, result.Warnings...)
	result.Usage = append(got.usage, result.Usage...)
	if result.Storyboard == nil {
		result.Storyboard = storyboard
	}
	if result.Receipt == nil {
		result.Receipt = &renderv1.Receipt{RenderDuration: durationpb.New(time.Since(start))}
	}
	result.Receipt.Providers, result.Receipt.Quote = providers, quoted
	l.advance(provider.Progress{Stage: "quality", Percent: 100 * renderShare})
	media, report, err := w.inspect(ctx, result)
	if err != nil {
		return made{}, dir.hide(err)
	}
	if err := w.Quotes.Learn(result.Storyboard, result.Receipt); err != nil {
		w.Log.Warn("a receipt could not be kept for later quotes", "error", err)
	}
	l.advance(provider.Progress{Stage: "publish", Percent: 100 * lookShare})
	result.Usage = append(result.Usage, processorTime(result.Receipt)...)
	m := &renderv1.Manifest{
		VideoJob: l.GetVideoJob().GetName(), Attempt: l.GetVideoJob().GetAttempt(), Provider: providers[0],
		Versions: versions(result.Versions), Storyboard: result.Storyboard, Media: media, Receipt: result.Receipt, Quality: report, Inputs: got.digests(), Warnings: result.Warnings,
	}
	uploading, cancel := context.WithTimeoutCause(l.ctx, uploadTimeout, errors.New("the blob store takes too long"))
	defer cancel()
	if err := up.all(uploading, dir.path, result, m, start); err != nil {
		return made{}, system(dir.hide(err))
	}
	l.advance(provider.Progress{Stage: "publish", Percent: 99})
	return made{media.GetDuration().AsDuration(), result.Usage, request}, nil
}

// system marks trouble of this machine: memory, disk, processes.
func system(err error) error {
	return &provider.Error{Class: schedulerv1.FailureClass_SYSTEM, Err: err}
}

// fail reports a failed attempt, and says so in the log.
func (w *worker) fail(l *lease, err, cause error, log *slog.Logger) error {
	if errors.Is(cause, errTimedOut) {
		err = fmt.Errorf("%w: more than %v", errTimedOut, w.cfg.RenderTimeout)
	}
	st, class := failure(err)
	log.Warn("attempt failed", "class", class.String(), "error", err)
	return w.reportFailure(l, st, class)
}
