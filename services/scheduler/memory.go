package scheduler

import (
	"context"
	"fmt"
	"slices"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// recallRows is how many rows an answer of RecallRows has at most.
const recallRows = 5000

// hashAt checks that a field has a digest, and takes it.
func hashAt(field string, raw []byte) (h store.Hash, err error) {
	if len(raw) != len(h) {
		return h, errs.Invalid(errs.Violation{Field: field, Description: fmt.Sprintf("must have %d bytes", len(h))})
	}
	return store.Hash(raw), nil
}

// appendRemembered is AppendVideoJobs for a source whose rows are remembered.
func (s *Service) appendRemembered(ctx context.Context, in *schedulerv1.AppendVideoJobsRequest, jobs []store.NewVideo) (_ *schedulerv1.AppendVideoJobsResponse, err error) {
	m := store.Remembered{All: in.GetMemory().GetAll()}
	if m.Source, err = hashAt("memory.key", in.GetMemory().GetKey()); err != nil {
		return nil, err
	}
	for i, v := range in.GetVideoJobs() {
		if jobs[i].Content, err = hashAt(fmt.Sprintf("video_jobs[%d].content_hash", i), v.GetContentHash()); err != nil {
			return nil, err
		}
	}
	n, found, err := s.store.AppendRemembered(ctx, in.GetLeaseToken(), m, jobs, s.place, s.now())
	if err != nil {
		return nil, answer(kindBulkJob, "import lease", err)
	}
	return &schedulerv1.AppendVideoJobsResponse{AppendedCount: int32(n), Rows: comparedRows(found)}, nil
}

func comparedRows(found []store.ComparedRow) []*schedulerv1.ComparedRow {
	rows := make([]*schedulerv1.ComparedRow, len(found))
	for i, f := range found {
		rows[i] = &schedulerv1.ComparedRow{Kind: f.Kind, Rendered: f.Rendered, Submitted: f.Submitted}
		if f.Earlier != (store.VideoKey{}) {
			rows[i].EarlierVideoJob = f.Earlier.Name()
		}
	}
	return rows
}

// CompareRows implements schedulerv1.ImportServiceServer.
func (s *Service) CompareRows(ctx context.Context, in *schedulerv1.CompareRowsRequest) (*schedulerv1.CompareRowsResponse, error) {
	k, err := sourceKey(in.GetParent(), "memory.key", in.GetMemory().GetKey())
	if err != nil {
		return nil, err
	}
	marks := make([]store.RowMark, len(in.GetRows()))
	for i, row := range in.GetRows() {
		marks[i].Row = store.RowHash(row.GetRowKey())
		if marks[i].Content, err = hashAt(fmt.Sprintf("rows[%d].content_hash", i), row.GetContentHash()); err != nil {
			return nil, err
		}
	}
	found, err := s.store.CompareRows(ctx, k, in.GetMemory().GetAll(), marks)
	if err != nil {
		return nil, answer(kindBulkJob, in.GetParent(), err)
	}
	return &schedulerv1.CompareRowsResponse{Rows: comparedRows(found)}, nil
}

func sourceKey(parent, field string, raw []byte) (k store.SourceKey, err error) {
	if k.Project, err = store.ParseProject(parent); err != nil {
		return k, err
	}
	k.Source, err = hashAt(field, raw)
	return k, err
}

// RecallRows implements schedulerv1.ImportServiceServer.
func (s *Service) RecallRows(ctx context.Context, in *schedulerv1.RecallRowsRequest) (*schedulerv1.RecallRowsResponse, error) {
	k, err := sourceKey(in.GetParent(), "source_key", in.GetSourceKey())
	if err != nil {
		return nil, err
	}
	var after store.Hash
	if raw := in.GetAfterRowHash(); len(raw) > 0 {
		if after, err = hashAt("after_row_hash", raw); err != nil {
			return nil, err
		}
	}
	all, err := s.store.RecallRows(ctx, k, after, recallRows)
	if err != nil {
		return nil, answer(kindBulkJob, in.GetParent(), err)
	}
	out := &schedulerv1.RecallRowsResponse{}
	for _, r := range all {
		row := &schedulerv1.RememberedRow{RowHash: r.Row[:], Rendered: r.State == state.Completed}
		if r.There {
			row.VideoJob = r.Video.Name()
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// completeRemembered is CompleteImport for a source whose rows are remembered.
func (s *Service) completeRemembered(ctx context.Context, in *schedulerv1.CompleteImportRequest) (*schedulerv1.CompleteImportResponse, error) {
	source, err := hashAt("source_key", in.GetSourceKey())
	if err != nil {
		return nil, err
	}
	var removed []store.Hash
	for raw := range slices.Chunk(in.GetRemovedRowHashes(), len(store.Hash{})) {
		h, err := hashAt("removed_row_hashes", raw)
		if err != nil {
			return nil, err
		}
		removed = append(removed, h)
	}
	if err := s.store.CompleteRemembered(ctx, in.GetLeaseToken(), source, removed, in.GetReport(), s.now()); err != nil {
		return nil, answer(kindBulkJob, "import lease", err)
	}
	return &schedulerv1.CompleteImportResponse{}, nil
}
