package enqueue

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// Plan says which bulk jobs a campaign has and what is in them. Every process of the campaign can compute it.
type Plan struct {
	Project  string // its id
	Jobs     int    // video jobs in all
	PerBatch int    // video jobs of a bulk job; the last one may have fewer
}

// Batches is how many bulk jobs there are.
func (p Plan) Batches() int { return (p.Jobs + p.PerBatch - 1) / p.PerBatch }

// Rows is how many video jobs bulk job i has.
func (p Plan) Rows(i int) int { return min(p.PerBatch, p.Jobs-i*p.PerBatch) }

// Parent is the project's resource name.
func (p Plan) Parent() string { return "projects/" + p.Project }

// users share the bulk jobs.
const users = 5

// create is the request for bulk job i, the same each time.
func (p Plan) create(i int) *schedulerv1.CreateBulkJobRequest {
	return &schedulerv1.CreateBulkJobRequest{
		Parent: p.Parent(), RequestId: fmt.Sprintf("torture-%d", i),
		BulkJob: &schedulerv1.BulkJob{
			DisplayName: fmt.Sprintf("batch %d", i), User: fmt.Sprintf("user-%d", i%users),
			Source:      &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "torture"}}},
			RetryPolicy: &schedulerv1.RetryPolicy{InitialBackoff: durationpb.New(100 * time.Millisecond), MaxBackoff: durationpb.New(time.Second), MaxAttempts: 8},
		},
	}
}

// Index finds out which bulk job a stored one is.
func (p Plan) Index(b *schedulerv1.BulkJob) (int, error) {
	var i int
	if _, err := fmt.Sscanf(b.GetDisplayName(), "batch %d", &i); err != nil || i < 0 || i >= p.Batches() {
		return 0, fmt.Errorf("%s is called %q, which no bulk job of this campaign is", b.GetName(), b.GetDisplayName())
	}
	return i, nil
}

// RowKey names a row, from 1.
func RowKey(row int) string { return fmt.Sprintf("row-%d", row) }

// rows are the video jobs of rows first to last.
func rows(first, last int) []*schedulerv1.NewVideoJob {
	var all []*schedulerv1.NewVideoJob
	for row := first; row <= last; row++ {
		all = append(all, &schedulerv1.NewVideoJob{Idea: &ingestv1.Idea{
			RowKey: RowKey(row), RowNumber: int32(row + 1), Title: fmt.Sprintf("Idea %d", row),
		}})
	}
	return all
}
