package scheduler

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// sheetsRecheck is how often a long poll looks: results come without a word to those who wait for sheets.
	sheetsRecheck = 2 * time.Second
	// sheetBulkJobs is how many bulk jobs of a spreadsheet are written at once.
	sheetBulkJobs = 50
)

// LeaseSheet implements schedulerv1.WriteBackServiceServer.
func (s *Service) LeaseSheet(ctx context.Context, in *schedulerv1.LeaseSheetRequest) (*schedulerv1.LeaseSheetResponse, error) {
	wait := time.NewTimer(in.GetWaitDuration().AsDuration())
	defer wait.Stop()
	recheck := time.NewTicker(sheetsRecheck)
	defer recheck.Stop()
	for {
		changed := s.store.Wake().Wait(store.TopicSheets)
		now := s.now()
		lease := store.NewLease{ID: newLease(), Worker: in.GetWorker(), Until: now.Add(s.config.LeaseDuration)}
		sheet, live, err := s.store.LeaseSheet(ctx, lease, now)
		if err == nil {
			return &schedulerv1.LeaseSheetResponse{
				LeaseToken: lease.ID, Spreadsheet: sheet, LeaseDuration: durationpb.New(s.config.LeaseDuration), LeasedCount: int32(live),
			}, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		select {
		case <-changed:
		case <-recheck.C:
		case <-wait.C:
			return &schedulerv1.LeaseSheetResponse{}, nil
		case <-grpckit.Draining(ctx):
			return &schedulerv1.LeaseSheetResponse{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// RenewSheet implements schedulerv1.WriteBackServiceServer.
func (s *Service) RenewSheet(ctx context.Context, in *schedulerv1.RenewSheetRequest) (*schedulerv1.RenewSheetResponse, error) {
	now := s.now()
	live, err := s.store.RenewSheet(ctx, in.GetLeaseToken(), now.Add(s.config.LeaseDuration), now)
	if err != nil {
		return nil, answer(kindBulkJob, "sheet lease", err)
	}
	return &schedulerv1.RenewSheetResponse{LeaseDuration: durationpb.New(s.config.LeaseDuration), LeasedCount: int32(live)}, nil
}

// ReleaseSheet implements schedulerv1.WriteBackServiceServer.
func (s *Service) ReleaseSheet(ctx context.Context, in *schedulerv1.ReleaseSheetRequest) (*schedulerv1.ReleaseSheetResponse, error) {
	now := s.now()
	if err := s.store.ReleaseSheet(ctx, in.GetLeaseToken(), now.Add(in.GetPauseDuration().AsDuration()), now); err != nil {
		return nil, answer(kindBulkJob, "sheet lease", err)
	}
	return &schedulerv1.ReleaseSheetResponse{}, nil
}

// ListWriteBacks implements schedulerv1.WriteBackServiceServer.
func (s *Service) ListWriteBacks(ctx context.Context, in *schedulerv1.ListWriteBacksRequest) (*schedulerv1.ListWriteBacksResponse, error) {
	all, err := s.store.SheetBulkJobs(ctx, in.GetLeaseToken(), sheetBulkJobs, s.now())
	if err != nil {
		return nil, answer(kindBulkJob, "sheet lease", err)
	}
	out := &schedulerv1.ListWriteBacksResponse{}
	for _, b := range all {
		job, err := s.wholeBulkJob(b)
		if err != nil {
			return nil, err
		}
		if b.Report != nil { // its findings are many, and told elsewhere
			job.ImportReport = &ingestv1.ImportReport{HeaderRow: b.Report.GetHeaderRow(), Columns: b.Report.GetColumns()}
		}
		out.Entries = append(out.Entries, &schedulerv1.ListWriteBacksResponse_Entry{
			BulkJob: job, LastSequence: b.LastSequence, WrittenSequence: b.Written,
		})
	}
	return out, nil
}

// ListResults implements schedulerv1.WriteBackServiceServer.
func (s *Service) ListResults(ctx context.Context, in *schedulerv1.ListResultsRequest) (*schedulerv1.ListResultsResponse, error) {
	k, err := store.ParseBulk(in.GetBulkJob())
	if err != nil {
		return nil, err
	}
	found, err := s.store.SheetResults(ctx, in.GetLeaseToken(), k, in.GetAfterSequence(), s.now())
	if err != nil {
		return nil, answer(kindBulkJob, in.GetBulkJob(), err)
	}
	out := &schedulerv1.ListResultsResponse{Sequence: found.Sequence, More: found.More}
	for _, v := range found.Videos {
		job := videoJob(v)
		job.Idea, job.Progress = nil, nil
		out.Results = append(out.Results, &schedulerv1.ListResultsResponse_Result{
			VideoJob: job, RowKey: v.Idea.GetRowKey(), RowNumber: v.Idea.GetRowNumber(),
		})
	}
	type attempt struct {
		job    string
		number int32
	}
	sums := map[attempt]*schedulerv1.ListResultsResponse_Cost{}
	for _, item := range found.Costs {
		at := attempt{item.GetVideoJob(), item.GetAttempt()}
		if sums[at] == nil {
			sums[at] = &schedulerv1.ListResultsResponse_Cost{VideoJob: at.job, Attempt: at.number, Amount: s.amount(0)}
			out.Costs = append(out.Costs, sums[at])
		}
		sums[at].Amount.Micros += item.GetAmount().GetMicros()
	}
	return out, nil
}

// ReportWriteBack implements schedulerv1.WriteBackServiceServer.
func (s *Service) ReportWriteBack(ctx context.Context, in *schedulerv1.ReportWriteBackRequest) (*schedulerv1.ReportWriteBackResponse, error) {
	k, err := store.ParseBulk(in.GetBulkJob())
	if err != nil {
		return nil, err
	}
	status := &schedulerv1.WriteBack{
		WrittenRowCount: in.GetWrittenRowCount(), ProblemCount: in.GetProblemCount(), Problems: in.GetProblems(), Error: in.GetError(),
		UpdateTime: stamp(s.now()),
	}
	err = s.store.SaveWriteBack(ctx, in.GetLeaseToken(), k, in.GetWrittenSequence(), status, s.now())
	return &schedulerv1.ReportWriteBackResponse{}, answer(kindBulkJob, in.GetBulkJob(), err)
}

// writeBack is how far the results of a bulk job stand in its sheet; nil when they are not written back.
func writeBack(b store.Bulk) *schedulerv1.WriteBack {
	if store.WriteBackSheet(b.Spec) == "" {
		return nil
	}
	out := &schedulerv1.WriteBack{}
	if b.WriteBack != nil {
		out = b.WriteBack
	}
	switch {
	case out.GetError() != nil:
		out.State = schedulerv1.WriteBack_FAILING
	case b.LastSequence > b.Written:
		out.State = schedulerv1.WriteBack_PENDING
	default:
		out.State = schedulerv1.WriteBack_WRITTEN
	}
	return out
}
