package ingest

import (
	"bytes"
	"context"
	"slices"

	"google.golang.org/grpc"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// fakeMemory remembers rows by the key of their source: what each said last, and in which video job.
type fakeMemory map[string]map[rowHash]fakeRow

type fakeRow struct {
	content, video string
	removed        bool
}

// compare says what is remembered of a row.
func (m fakeMemory) compare(memory *schedulerv1.SourceMemory, key string, content []byte) *schedulerv1.ComparedRow {
	row, known := m[string(memory.GetKey())][hashKey(key)]
	switch {
	case !known:
		return &schedulerv1.ComparedRow{Kind: ingestv1.EarlierRow_NEW, Submitted: true}
	case row.content != string(content):
		return &schedulerv1.ComparedRow{Kind: ingestv1.EarlierRow_CHANGED, EarlierVideoJob: row.video, Submitted: true}
	}
	return &schedulerv1.ComparedRow{Kind: ingestv1.EarlierRow_UNCHANGED, EarlierVideoJob: row.video, Submitted: memory.GetAll()}
}

func (m fakeMemory) put(memory *schedulerv1.SourceMemory, v *schedulerv1.NewVideoJob) {
	rows := m[string(memory.GetKey())]
	if rows == nil {
		rows = map[rowHash]fakeRow{}
		m[string(memory.GetKey())] = rows
	}
	rows[hashKey(v.GetIdea().GetRowKey())] = fakeRow{content: string(v.GetContentHash()), video: "video of " + v.GetIdea().GetTitle()}
}

func (m fakeMemory) remove(req *schedulerv1.CompleteImportRequest) {
	for raw := range slices.Chunk(req.GetRemovedRowHashes(), len(rowHash{})) {
		row := m[string(req.GetSourceKey())][rowHash(raw)]
		row.removed = true
		m[string(req.GetSourceKey())][rowHash(raw)] = row
	}
}

func (f *fakeScheduler) CompareRows(_ context.Context, req *schedulerv1.CompareRowsRequest) (*schedulerv1.CompareRowsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reply := &schedulerv1.CompareRowsResponse{}
	for _, row := range req.GetRows() {
		reply.Rows = append(reply.Rows, f.memory.compare(req.GetMemory(), row.GetRowKey(), row.GetContentHash()))
	}
	return reply, nil
}

func (f *fakeScheduler) RecallRows(_ context.Context, req *schedulerv1.RecallRowsRequest) (*schedulerv1.RecallRowsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reply := &schedulerv1.RecallRowsResponse{}
	for hash, row := range f.memory[string(req.GetSourceKey())] {
		if !row.removed && bytes.Compare(hash[:], req.GetAfterRowHash()) > 0 {
			reply.Rows = append(reply.Rows, &schedulerv1.RememberedRow{RowHash: hash[:], VideoJob: row.video})
		}
	}
	slices.SortFunc(reply.Rows, func(a, b *schedulerv1.RememberedRow) int { return bytes.Compare(a.GetRowHash(), b.GetRowHash()) })
	reply.Rows = reply.Rows[:min(len(reply.Rows), 2)]
	return reply, nil
}

func (c inProcess) CompareRows(ctx context.Context, r *schedulerv1.CompareRowsRequest, _ ...grpc.CallOption) (*schedulerv1.CompareRowsResponse, error) {
	return c.fakeScheduler.CompareRows(ctx, r)
}

func (c inProcess) RecallRows(ctx context.Context, r *schedulerv1.RecallRowsRequest, _ ...grpc.CallOption) (*schedulerv1.RecallRowsResponse, error) {
	return c.fakeScheduler.RecallRows(ctx, r)
}
