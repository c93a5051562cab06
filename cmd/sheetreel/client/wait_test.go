package client

import (
	"errors"
	"testing"
	"time"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestInWords(t *testing.T) {
	tests := []struct {
		of   time.Duration
		want string
	}{
		{0, "1 second"},
		{200 * time.Millisecond, "1 second"},
		{time.Second, "1 second"},
		{8400 * time.Millisecond, "9 seconds"},
		{time.Minute, "1 minute"},
		{61 * time.Second, "1 minute and 1 second"},
		{59*time.Minute + 59*time.Second, "59 minutes and 59 seconds"},
		{time.Hour, "1 hour"},
		{time.Hour + time.Second, "1 hour and 1 minute"},
		{119*time.Minute + time.Second, "2 hours"},
		{26*time.Hour + 30*time.Minute, "26 hours and 30 minutes"},
	}
	for _, test := range tests {
		if got := inWords(test.of); got != test.want {
			t.Errorf("inWords(%v) = %q, want %q", test.of, got, test.want)
		}
	}
}

func TestPause(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want time.Duration
	}{
		{"no error", nil, 2 * time.Second},
		{"a lost connection", errors.New("cut"), 2 * time.Second},
		{"a server in trouble", errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "down", time.Minute), 2 * time.Second},
		{"a limit", errs.RateLimited(time.Minute, "too many watches"), 62 * time.Second},
	}
	for _, test := range tests {
		if got := pause(test.err, 2*time.Second); got != test.want {
			t.Errorf("%s: pause = %v, want %v", test.name, got, test.want)
		}
	}
}
