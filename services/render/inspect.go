package render

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/quality"
)

// inspect measures a finished video and looks for faults. A video that must not be shown is an error: one that may be
// better the next time when the file was written badly, else a permanent one.
func (w *worker) inspect(ctx context.Context, r *provider.Result) (*renderv1.Media, *renderv1.QualityReport, error) {
	start := time.Now()
	media, err := w.Probe(ctx, r.Video)
	if err != nil {
		return nil, nil, err
	}
	report, err := w.Look(ctx, quality.Job{Video: r.Video, Media: media, Storyboard: r.Storyboard, Known: r.Known})
	if err != nil {
		return nil, nil, system(err)
	}
	media.LoudnessLufs, media.TruePeakDbtp = report.LUFS, report.TruePeak
	if spent := r.Receipt.GetCpuDuration(); spent != nil {
		r.Receipt.CpuDuration = durationpb.New(spent.AsDuration() + report.CPU)
	}
	took := time.Since(start)
	r.Receipt.RenderDuration = durationpb.New(r.Receipt.GetRenderDuration().AsDuration() + took)
	r.Receipt.Stages = append(r.Receipt.Stages, &renderv1.Receipt_StageTime{Stage: "quality", Duration: durationpb.New(took)})
	return media, report.QualityReport, refused(report.QualityReport)
}

// refused is the failure of a video that must not be shown; nil for others.
func refused(r *renderv1.QualityReport) error {
	failed := quality.Failed(r)
	if len(failed) == 0 {
		return nil
	}
	var reasons []string
	for _, check := range failed {
		if reason := check.GetRule() + ": " + check.GetMessage(); !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	class := schedulerv1.FailureClass_PERMANENT
	if quality.Again(r) {
		class = schedulerv1.FailureClass_TRANSIENT
	}
	return &provider.Error{Class: class, Err: fmt.Errorf("the video is not fit to be shown: %s", strings.Join(reasons, "; "))}
}

// processorTime is what a render used of this machine, for those who set a price on it.
func processorTime(r *renderv1.Receipt) []*schedulerv1.Usage {
	spent := r.GetCpuDuration().AsDuration().Seconds()
	if spent <= 0 {
		return nil
	}
	return []*schedulerv1.Usage{{Type: "cpu_second", Units: spent}}
}
