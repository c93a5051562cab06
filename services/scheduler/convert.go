package scheduler

import (
	"cmp"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// bulkJob is a stored bulk job as the API shows it: without the content of its source, which may be large.
func (s *Service) bulkJob(b store.Bulk) (*schedulerv1.BulkJob, error) {
	out, err := s.wholeBulkJob(b)
	withoutContent(out)
	return out, err
}

// wholeBulkJob is a stored bulk job for whoever reads its source.
func (s *Service) wholeBulkJob(b store.Bulk) (*schedulerv1.BulkJob, error) {
	resume, err := resumeToken(b.BulkKey, b.LastSequence)
	if err != nil {
		return nil, err
	}
	out := proto.CloneOf(b.Spec)
	out.Name, out.State = b.Name(), b.State
	out.DisplayName = cmp.Or(out.GetDisplayName(), b.Report.GetSpreadsheetTitle())
	out.Progress = progressOf(b, s.now())
	out.Progress.Percent = s.peaks.raise(b.BulkKey, b.Counts, out.Progress.GetPercent())
	out.ImportReport, out.Cost = b.Report, s.amount(b.Cost)
	if b.State == state.BulkPaused {
		out.PauseReason = b.Error
	} else {
		out.Error = b.Error
	}
	out.CreateTime, out.UpdateTime, out.EndTime = stamp(b.Created), stamp(b.Updated), stamp(b.Ended)
	out.ResumeToken, out.WriteBack = resume, writeBack(b)
	return out, nil
}

// videoJob is a stored video job as the API shows it.
func videoJob(v store.Video) *schedulerv1.VideoJob {
	out := &schedulerv1.VideoJob{
		Name: v.Name(), Idea: v.Idea, User: v.User, Priority: v.Priority, State: v.State, Attempt: v.Attempt,
		MaxAttempts: v.MaxAttempts, Progress: v.Progress, Artifacts: v.Result.Artifacts, Error: v.Error,
		NextAttemptTime: stamp(v.Due), CreateTime: stamp(v.Created), StartTime: stamp(v.Started), EndTime: stamp(v.Ended),
		Attempts: v.Attempts,
	}
	if v.Result.VideoDuration > 0 {
		out.VideoDuration = durationpb.New(v.Result.VideoDuration)
	}
	return out
}

func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
