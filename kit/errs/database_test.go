package errs

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
)

func TestPublicTellsOfTheDatabaseWithoutItsText(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.3:5432: connection refused")
	for _, c := range []struct {
		full   bool
		code   codes.Code
		reason Reason
	}{
		{false, codes.Unavailable, errorsv1.ErrorReason_DATABASE_UNAVAILABLE},
		{true, codes.ResourceExhausted, errorsv1.ErrorReason_DATABASE_FULL},
	} {
		got := Public(fmt.Errorf("claim: %w", &DatabaseError{Full: c.full, Err: secret}))
		if status.Code(got) != c.code || ReasonOf(got) != c.reason {
			t.Errorf("full %v: %v, want %v", c.full, got, c.reason)
		}
		if strings.Contains(got.Error(), "10.0.0.3") {
			t.Errorf("full %v: the driver's text goes out: %v", c.full, got)
		}
		if _, ok := RetryDelay(got); ok == c.full {
			t.Errorf("full %v: retry delay %v", c.full, ok)
		}
	}
}
