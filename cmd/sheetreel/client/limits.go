package client

import (
	"context"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

// AllLimits lists all limits, by name, in one answer, with the revision and what is wrong with the file.
func (c *Client) AllLimits(ctx context.Context) (*ratelimitv1.ListLimitsResponse, error) {
	all := &ratelimitv1.ListLimitsResponse{}
	token := ""
	for {
		reply, err := c.Limits.ListLimits(ctx, &ratelimitv1.ListLimitsRequest{PageSize: page, PageToken: token})
		if err != nil {
			return nil, err
		}
		all.Limits = append(all.Limits, reply.GetLimits()...)
		all.Revision, all.FileError = reply.GetRevision(), reply.GetFileError()
		if token = reply.GetNextPageToken(); token == "" {
			return all, nil
		}
	}
}

// LimitOverrides lists all overrides of a limit, by name.
func (c *Client) LimitOverrides(ctx context.Context, limit string) ([]*ratelimitv1.LimitOverride, error) {
	var all []*ratelimitv1.LimitOverride
	token := ""
	for {
		reply, err := c.Limits.ListLimitOverrides(ctx, &ratelimitv1.ListLimitOverridesRequest{Parent: limit, PageSize: page, PageToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, reply.GetOverrides()...)
		if token = reply.GetNextPageToken(); token == "" {
			return all, nil
		}
	}
}

// Usage lists what is used, at most limit of it.
func (c *Client) Usage(ctx context.Context, request *ratelimitv1.ListUsageRequest, limit int) ([]*ratelimitv1.Usage, error) {
	var all []*ratelimitv1.Usage
	for {
		request.PageSize = int32(min(limit-len(all), page))
		reply, err := c.Limits.ListUsage(ctx, request)
		if err != nil {
			return nil, err
		}
		all = append(all, reply.GetUsage()...)
		if request.PageToken = reply.GetNextPageToken(); request.GetPageToken() == "" || len(all) >= limit {
			return all, nil
		}
	}
}

// LimitRevisions lists the history of the limits, the newest first, at most limit of it.
func (c *Client) LimitRevisions(ctx context.Context, limit int) ([]*ratelimitv1.LimitRevision, error) {
	var all []*ratelimitv1.LimitRevision
	token := ""
	for {
		reply, err := c.Limits.ListLimitRevisions(ctx, &ratelimitv1.ListLimitRevisionsRequest{PageSize: int32(min(limit-len(all), page)), PageToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, reply.GetLimitRevisions()...)
		if token = reply.GetNextPageToken(); token == "" || len(all) >= limit {
			return all, nil
		}
	}
}
