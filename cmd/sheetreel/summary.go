package main

import (
	"fmt"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// maxReasons bounds how many lines of findings and of failures a summary shows.
const maxReasons = 50

// summary writes the state of a bulk job, its videos as a table, and why rows have no video.
func (env *environment) summary(job *schedulerv1.BulkJob, videos []*schedulerv1.VideoJob, link func(*schedulerv1.VideoJob) string, verdicts map[string]string) error {
	if err := env.tell(headline(job)); err != nil {
		return err
	}
	if message := columns.Clean(job.GetError().GetMessage()); message != "" {
		if err := env.tell("the sheet could not be used: " + message); err != nil {
			return err
		}
	}
	if message := columns.Clean(job.GetPauseReason().GetMessage()); message != "" {
		if err := env.tell("paused: " + message); err != nil {
			return err
		}
	}
	if len(videos) > 0 {
		if err := env.say(append([]string{""}, report.Videos(videos, env.width(), link, verdicts)...)...); err != nil {
			return err
		}
	}
	for _, lines := range [][]string{
		report.Reasons(videos, maxReasons),
		report.Difference(job.GetImportReport()),
		report.Findings(job.GetImportReport(), false, maxReasons),
	} {
		if len(lines) == 0 {
			continue
		}
		if err := env.tell(append([]string{""}, lines...)...); err != nil {
			return err
		}
	}
	return nil
}

// headline says in one line where a bulk job stands.
func headline(job *schedulerv1.BulkJob) string {
	p := job.GetProgress()
	text := progress.BatchWord(job.GetState())
	if name := columns.Clean(job.GetDisplayName()); name != "" {
		text = name + ": " + text
	}
	if p.GetTotalCount() > 0 {
		text += fmt.Sprintf(", %d of %d videos done", p.GetCompletedCount(), p.GetTotalCount())
	}
	if n := p.GetFailedCount(); n > 0 {
		text += fmt.Sprintf(", %d failed", n)
	}
	if n := p.GetCancelledCount(); n > 0 {
		text += fmt.Sprintf(", %d cancelled", n)
	}
	if n := p.GetSkippedCount(); n > 0 {
		text += fmt.Sprintf(", %d left out", n)
	}
	if n := job.GetImportReport().GetInvalidRowCount(); n > 0 {
		rows := "rows"
		if n == 1 {
			rows = "row"
		}
		text += fmt.Sprintf(", %d %s with errors", n, rows)
	}
	if p.GetProcessingDuration() != nil && progress.Finished(job.GetState()) {
		text += ", in " + progress.Length(p.GetProcessingDuration().AsDuration())
	}
	if job.GetCost().GetMicros() > 0 {
		text += ", cost " + report.Money(job.GetCost())
	}
	return text
}

// outcome is the exit code for a bulk job that is over.
func outcome(job *schedulerv1.BulkJob) error {
	p := job.GetProgress()
	switch {
	case job.GetState() == schedulerv1.BulkJob_CANCELLED:
		return exitCode(exitCancelled)
	case job.GetState() == schedulerv1.BulkJob_FAILED, p.GetFailedCount() > 0:
		return exitCode(exitFailed)
	case p.GetCancelledCount() > 0:
		return exitCode(exitCancelled)
	}
	return nil
}
