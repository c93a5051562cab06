package campaign

import (
	"context"
	"fmt"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

const (
	pageSize  = 1000
	pageBound = time.Minute // of a page, however often it is asked for
)

// verify compares what is stored with what everybody saw.
func (c *campaign) verify(ctx context.Context) (*Report, error) {
	operations, err := history.ReadFolder(c.folder.histories())
	if err != nil {
		return nil, err
	}
	callers := check.ReadCallers(operations, c.config.Lease, &c.findings)
	callers.Check(&c.findings)
	r := c.newReport(callers)
	v := &verifier{campaign: c, callers: callers, report: r, jobs: schedulerv1.NewSchedulerServiceClient(c.conn), indexes: map[int]string{}, seen: c.watcher.Seen()}
	return r, v.bulkJobs(ctx)
}

// verifier reads everything that is stored.
type verifier struct {
	*campaign
	callers *check.Callers
	report  *Report
	jobs    schedulerv1.SchedulerServiceClient
	indexes map[int]string // the bulk job of each number
	seen    map[string]check.Seen
}

// pages calls read for each page until there is none; read returns the token of the next page.
func pages(ctx context.Context, read func(ctx context.Context, token string) (string, error)) error {
	token := ""
	for {
		next, err := page(ctx, token, read)
		if err != nil || next == "" {
			return err
		}
		token = next
	}
}

func page(ctx context.Context, token string, read func(ctx context.Context, token string) (string, error)) (next string, err error) {
	ctx, cancel := context.WithTimeout(ctx, pageBound)
	defer cancel()
	err = replicas.Insist(ctx, func(ctx context.Context) (err error) {
		next, err = read(ctx, token)
		return err
	})
	return next, err
}

func (v *verifier) bulkJobs(ctx context.Context) error {
	var all []*schedulerv1.BulkJob
	err := pages(ctx, func(ctx context.Context, token string) (string, error) {
		out, err := v.jobs.ListBulkJobs(ctx, &schedulerv1.ListBulkJobsRequest{Parent: v.plan.Parent(), PageSize: pageSize, PageToken: token})
		all = append(all, out.GetBulkJobs()...)
		return out.GetNextPageToken(), err
	})
	if err != nil {
		return fmt.Errorf("list bulk jobs: %w", err)
	}
	for _, b := range all {
		i, err := v.plan.Index(b)
		if err != nil {
			return err
		}
		if other, known := v.indexes[i]; known {
			v.findings.Add(check.Request, b.GetName(), "is the same bulk job as %s", other)
		}
		v.indexes[i] = b.GetName()
		if b.GetState() != schedulerv1.BulkJob_COMPLETED {
			v.findings.Add(check.Lost, b.GetName(), "ended the campaign as %s", b.GetState())
		}
		if err := v.events(ctx, b.GetName(), v.plan.Rows(i)); err != nil {
			return fmt.Errorf("events of %s: %w", b.GetName(), err)
		}
		if err := v.videoJobs(ctx, b.GetName()); err != nil {
			return fmt.Errorf("video jobs of %s: %w", b.GetName(), err)
		}
	}
	for request, name := range v.callers.Batches {
		if _, err := v.jobs.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name}); err != nil {
			v.findings.Add(check.Lost, name, "was acknowledged for %s: %v", request, err)
		}
	}
	return nil
}

func (v *verifier) events(ctx context.Context, name string, count int) error {
	b := check.NewBatch(name, &v.findings)
	err := pages(ctx, func(ctx context.Context, token string) (string, error) {
		out, err := v.jobs.ListJobEvents(ctx, &schedulerv1.ListJobEventsRequest{Parent: name, PageSize: pageSize, PageToken: token})
		for _, e := range out.GetEvents() {
			b.Read(e)
		}
		return out.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	b.End(count)
	b.Compare(v.seen[name])
	r := v.report
	r.Events += b.Sequence
	r.Watched += v.seen[name].Count
	r.ExecutionsLost += b.Losses
	r.Reexecuted += b.Repeated
	r.SetAside += b.Aside
	return nil
}

func (v *verifier) videoJobs(ctx context.Context, name string) error {
	s := check.NewStored(name, &v.findings)
	err := pages(ctx, func(ctx context.Context, token string) (string, error) {
		out, err := v.jobs.ListVideoJobs(ctx, &schedulerv1.ListVideoJobsRequest{Parent: name, PageSize: pageSize, PageToken: token})
		for _, job := range out.GetVideoJobs() {
			s.Read(job, v.callers, v.folder.artifacts())
		}
		return out.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	s.End(v.callers)
	v.report.Completed += s.Completed
	v.report.MaxAttempts = max(v.report.MaxAttempts, int(s.MaxAttempts))
	return nil
}
