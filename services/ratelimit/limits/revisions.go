package limits

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// ListLimitRevisions returns a page of the history, the newest first.
func (s *Service) ListLimitRevisions(ctx context.Context, in *ratelimitv1.ListLimitRevisionsRequest) (*ratelimitv1.ListLimitRevisionsResponse, error) {
	const scope = "limitRevisions"
	var before int64
	if err := position(in, &before, scope); err != nil {
		return nil, err
	}
	size := sizeOf(in)
	versions, err := s.book.History(ctx, before, size+1)
	if err != nil {
		return nil, err
	}
	out := &ratelimitv1.ListLimitRevisionsResponse{}
	if len(versions) > size {
		versions = versions[:size]
		if out.NextPageToken, err = token.Encode(versions[size-1].Number, scope); err != nil {
			return nil, err
		}
	}
	for _, v := range versions {
		out.LimitRevisions = append(out.LimitRevisions, s.showRevision(v))
	}
	return out, nil
}

// RollbackLimits takes back what the API changed after a revision.
func (s *Service) RollbackLimits(ctx context.Context, in *ratelimitv1.RollbackLimitsRequest) (*ratelimitv1.RollbackLimitsResponse, error) {
	number, err := strconv.ParseInt(strings.TrimPrefix(in.GetRevision(), "limitRevisions/"), 10, 64)
	if err != nil {
		return nil, errs.Invalid(errs.Violation{Field: "revision", Description: "must be limitRevisions/{limit_revision}"})
	}
	req, err := request("RollbackLimits", in)
	if err != nil {
		return nil, err
	}
	result, err := s.book.Rollback(ctx, req, number)
	if errors.Is(err, book.ErrForgotten) {
		return nil, errs.NotFound(kindRevision, in.GetRevision())
	}
	if err != nil {
		return nil, refused(err, book.Target{}, "revision")
	}
	return &ratelimitv1.RollbackLimitsResponse{Revision: s.showRevision(result.Version)}, nil
}

// showRevision is a version as the API shows it.
func (s *Service) showRevision(v book.Version) *ratelimitv1.LimitRevision {
	out := &ratelimitv1.LimitRevision{
		Name: revisionName(v.Number), CreateTime: timestamppb.New(v.Created), Actor: v.Actor, Description: v.Description,
	}
	for _, c := range v.Changes {
		out.Changes = append(out.Changes, s.showChange(c))
	}
	return out
}

func (s *Service) showChange(c book.Change) *ratelimitv1.LimitChange {
	out := &ratelimitv1.LimitChange{Target: nameOf(c.Target)}
	out.LimitBefore, out.OverrideBefore = s.showItem(c.Target, c.Before)
	out.LimitAfter, out.OverrideAfter = s.showItem(c.Target, c.After)
	return out
}

// showItem is a limit or an override of the past. Of that time the state is not known, and the etag is of no use.
func (s *Service) showItem(target book.Target, item *book.Item) (*ratelimitv1.Limit, *ratelimitv1.LimitOverride) {
	switch {
	case item == nil:
		return nil, nil
	case item.Rule != nil:
		r := *item.Rule
		r.Origin = rule.API
		limit := showLimit(r)
		limit.Etag = ""
		return limit, nil
	}
	o := *item.Override
	o.Origin = rule.API
	override := showOverride(target.Limit, o, ratelimitv1.LimitOverride_STATE_UNSPECIFIED)
	override.Etag = ""
	return nil, override
}
