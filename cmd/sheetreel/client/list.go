package client

import (
	"context"
	"iter"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// bulkJobs walks the bulk jobs of a project, newest first, page by page, until limit. An error ends the walk.
func (c *Client) bulkJobs(ctx context.Context, project string, limit int) iter.Seq2[*schedulerv1.BulkJob, error] {
	return func(yield func(*schedulerv1.BulkJob, error) bool) {
		token := ""
		for {
			reply, err := c.Scheduler.ListBulkJobs(ctx, &schedulerv1.ListBulkJobsRequest{
				Parent: Project(project), PageSize: int32(min(limit, page)), PageToken: token,
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, job := range reply.GetBulkJobs() {
				if limit--; limit < 0 || !yield(job, nil) {
					return
				}
			}
			if token = reply.GetNextPageToken(); token == "" || limit <= 0 {
				return
			}
		}
	}
}

// VideoJobs lists all video jobs of a bulk job in the sheet's order.
func (c *Client) VideoJobs(ctx context.Context, bulkJob string) ([]*schedulerv1.VideoJob, error) {
	var jobs []*schedulerv1.VideoJob
	token := ""
	for {
		reply, err := c.Scheduler.ListVideoJobs(ctx, &schedulerv1.ListVideoJobsRequest{
			Parent: bulkJob, PageSize: page, PageToken: token,
		})
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, reply.GetVideoJobs()...)
		if token = reply.GetNextPageToken(); token == "" {
			return jobs, nil
		}
	}
}
