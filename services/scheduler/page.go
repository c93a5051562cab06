package scheduler

import (
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
)

const (
	defaultPageSize = 50
	maxPageSize     = 1000
)

type paged interface {
	GetPageSize() int32
	GetPageToken() string
}

// page is how a listing is cut: how many at most, and what its tokens belong to.
type page struct {
	size  int
	scope []string
}

// readPage reads size and position of a page; without a token the position is the zero value.
func readPage[P any](in paged, scope ...string) (page, P, error) {
	p := page{size: int(in.GetPageSize()), scope: scope}
	if p.size == 0 {
		p.size = defaultPageSize
	}
	p.size = min(p.size, maxPageSize)
	var position P
	if in.GetPageToken() == "" {
		return p, position, nil
	}
	if err := token.Decode(in.GetPageToken(), &position, scope...); err != nil {
		return p, position, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_PAGE_TOKEN_INVALID,
			"page_token: not a token of this list; start again without one")
	}
	return p, position, nil
}

// cut cuts a listing that was read with one row more than the page, and makes the token of the next page.
func cut[T, P any](p page, all []T, position func(T) P) ([]T, string, error) {
	if len(all) <= p.size {
		return all, "", nil
	}
	all = all[:p.size]
	next, err := token.Encode(position(all[p.size-1]), p.scope...)
	return all, next, err
}
