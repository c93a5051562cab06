package limits

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

// paged is what all requests for a page have.
type paged interface {
	GetPageSize() int32
	GetPageToken() string
}

func sizeOf(in paged) int {
	if in.GetPageSize() == 0 {
		return defaultPageSize
	}
	return min(int(in.GetPageSize()), maxPageSize)
}

// position reads where a page begins into to, a pointer, which stays as it is without a token. A token is the place of
// the last one before, so it is good even when that one is gone.
func position(in paged, to any, scope ...string) error {
	if in.GetPageToken() == "" {
		return nil
	}
	if err := token.Decode(in.GetPageToken(), to, scope...); err != nil {
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_PAGE_TOKEN_INVALID, "page_token: "+err.Error())
	}
	return nil
}

// cut cuts a list in the order of names to a page, and makes the token of the next.
func cut[T any](in paged, all []T, name func(T) string, scope ...string) ([]T, string, error) {
	last := ""
	if err := position(in, &last, scope...); err != nil {
		return nil, "", err
	}
	first := 0
	for first < len(all) && last != "" && name(all[first]) <= last {
		first++
	}
	all = all[first:]
	size := sizeOf(in)
	if len(all) <= size {
		return all, "", nil
	}
	next, err := token.Encode(name(all[size-1]), scope...)
	return all[:size], next, err
}
