package scheduler

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// endOverdueEvery is how late a deadline may be acted upon. Nothing starts after it in any case.
const endOverdueEvery = time.Second

// ChangeBulkJobPriority implements schedulerv1.SchedulerServiceServer.
func (s *Service) ChangeBulkJobPriority(ctx context.Context, in *schedulerv1.ChangeBulkJobPriorityRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(in.GetName(), func(k store.BulkKey) (store.Bulk, error) {
		return s.store.ChangePriority(ctx, request("ChangeBulkJobPriority", in), k, in.GetPriority(), s.now())
	})
}

// endOverdueLoop cancels bulk jobs whose deadline has passed.
func (s *Service) endOverdueLoop(ctx context.Context) error {
	return s.every(ctx, endOverdueEvery, "end overdue bulk jobs", s.endOverdueOnce)
}

func (s *Service) endOverdueOnce(ctx context.Context) error {
	for {
		if ok, err := s.store.EndOverdue(ctx, s.now()); err != nil || !ok {
			return err
		}
	}
}

// checkTimes refuses times of a bulk job that cannot be meant.
func checkTimes(b *schedulerv1.BulkJob, now time.Time) error {
	var all []errs.Violation
	refuse := func(field, why string) {
		all = append(all, errs.Violation{Field: "bulk_job." + field, Description: why})
	}
	check := func(field string, t *timestamppb.Timestamp) bool {
		if t != nil && t.CheckValid() != nil {
			refuse(field, "must be between the years 1 and 9999")
			return false
		}
		return t != nil
	}
	notBefore := check("not_before_time", b.GetNotBeforeTime())
	check("due_time", b.GetDueTime())
	if check("deadline_time", b.GetDeadlineTime()) {
		deadline := b.GetDeadlineTime().AsTime()
		switch {
		case !deadline.After(now):
			refuse("deadline_time", "must be in the future")
		case notBefore && !deadline.After(b.GetNotBeforeTime().AsTime()):
			refuse("deadline_time", "must be after not_before_time")
		}
	}
	if len(all) > 0 {
		return errs.Invalid(all...)
	}
	return nil
}
