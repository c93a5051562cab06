package ratelimit

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

const (
	defaultPageSize = 50
	maxPageSize     = 1000
	limitsScope     = "limits"
)

// rateLimitService answers RateLimitService.
type rateLimitService struct {
	ratelimitv1.UnimplementedRateLimitServiceServer
	limits *book.Book
}

// ListLimits returns a page of the limits in force, by name. A page token is the last name of the page before.
func (s *rateLimitService) ListLimits(_ context.Context, req *ratelimitv1.ListLimitsRequest) (*ratelimitv1.ListLimitsResponse, error) {
	size := min(int(req.GetPageSize()), maxPageSize)
	if size == 0 {
		size = defaultPageSize
	}
	rest := s.limits.Set().Rules() // by name
	if req.GetPageToken() != "" {
		var last string
		if err := token.Decode(req.GetPageToken(), &last, limitsScope); err != nil {
			return nil, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_PAGE_TOKEN_INVALID, "page_token: "+err.Error())
		}
		next := slices.IndexFunc(rest, func(r rule.Rule) bool { return r.Name > last })
		if next < 0 {
			next = len(rest)
		}
		rest = rest[next:]
	}
	reply := &ratelimitv1.ListLimitsResponse{}
	for _, r := range rest[:min(size, len(rest))] {
		reply.Limits = append(reply.Limits, limitOf(r))
	}
	if len(rest) > size {
		next, err := token.Encode(rest[size-1].Name, limitsScope)
		if err != nil {
			return nil, err
		}
		reply.NextPageToken = next
	}
	return reply, nil
}

// limitOf is a rule as the API shows it.
func limitOf(r rule.Rule) *ratelimitv1.Limit {
	limit := &ratelimitv1.Limit{
		Name: "limits/" + r.Name, Match: r.Match, Keys: r.Keys,
		Algorithm: ratelimitv1.Limit_SLIDING_LOG, Capacity: int32(r.Capacity), Period: durationpb.New(r.Period),
	}
	if r.Algorithm == rule.TokenBucket {
		limit.Algorithm = ratelimitv1.Limit_TOKEN_BUCKET
	}
	return limit
}
