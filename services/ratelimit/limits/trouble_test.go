package limits

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	v1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// unreachable is an engine that nobody can reach.
type unreachable struct{ engine.Engine }

func (unreachable) Peek(context.Context, []engine.Line, int64) ([]engine.Status, error) {
	return nil, engine.ErrUnreachable
}

func (unreachable) Usage(context.Context, string, engine.Place, int) ([]engine.Usage, error) {
	return nil, engine.ErrUnreachable
}

// Limits are changed although nobody can be counted; what the change means is then not known.
func TestCountersOutOfReach(t *testing.T) {
	b := setup(t)
	s := New(Deps{Book: b.book, Engine: unreachable{}, Clock: func() time.Time { return noon }})
	_, err := s.ListUsage(t.Context(), &v1.ListUsageRequest{})
	wantReason(t, err, codes.Unavailable, errorsv1.ErrorReason_STORE_UNAVAILABLE)
	_, err = s.ExplainQuota(t.Context(), &v1.ExplainQuotaRequest{Descriptors: call("p", "ada")})
	wantReason(t, err, codes.Unavailable, errorsv1.ErrorReason_STORE_UNAVAILABLE)
	for _, name := range []string{"limits/users", "limits/all"} {
		changed, err := s.UpdateLimit(t.Context(), &v1.UpdateLimitRequest{Limit: &v1.Limit{Name: name, Capacity: 5}, UpdateMask: mask("capacity")})
		if err != nil || !changed.GetEffect().GetIncomplete() || changed.GetCapacity() != 5 {
			t.Errorf("changed %v, %v", changed, err)
		}
	}
}
