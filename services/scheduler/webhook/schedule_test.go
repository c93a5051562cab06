package webhook

import (
	"net/http"
	"testing"
	"time"
)

func TestNext(t *testing.T) {
	least, middle, most := func() float64 { return 0 }, func() float64 { return 0.5 }, func() float64 { return 1 - 1e-9 }
	tests := []struct {
		attempts int
		want     time.Duration
	}{
		{1, 5 * time.Second},
		{2, 5 * time.Minute},
		{3, 30 * time.Minute},
		{4, 2 * time.Hour},
		{5, 5 * time.Hour},
		{6, 10 * time.Hour},
		{7, 10 * time.Hour},
	}
	for _, test := range tests {
		shortest, ok := next(test.attempts, 0, least)
		normal, _ := next(test.attempts, 0, middle)
		longest, _ := next(test.attempts, 0, most)
		if !ok || normal.Round(time.Millisecond) != test.want || shortest.Round(time.Millisecond) != test.want*8/10 ||
			longest.Round(time.Millisecond) != test.want*12/10 {
			t.Errorf("after %d attempts %v, from %v to %v; want %v +-20 %%", test.attempts, normal, shortest, longest, test.want)
		}
	}
	if wait, ok := next(8, time.Hour, middle); ok {
		t.Errorf("after 8 attempts it goes on in %v", wait)
	}
	if wait, _ := next(1, time.Hour, most); wait != time.Hour {
		t.Errorf("waits %v in spite of Retry-After", wait)
	}
	if wait, _ := next(7, time.Hour, middle); wait != 10*time.Hour {
		t.Errorf("Retry-After made a wait shorter: %v", wait)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	tests := map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "86401": 24 * time.Hour, "9223372036854775807": 24 * time.Hour, "18446744073709551616": 0,
		"-1": 0, "1.5": 0, "soon": 0, "1e3": 0,
		"Tue, 24 Nov 2026 09:05:00 GMT": 5 * time.Minute, "Tue, 24 Nov 2026 08:00:00 GMT": 0, "Sat, 01 Jan 2050 00:00:00 GMT": 24 * time.Hour,
	}
	for text, want := range tests {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("Retry-After: %q gives %v, want %v", text, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"120", "Tue, 24 Nov 2026 09:05:00 GMT", "Tuesday, 24-Nov-26 09:05:00 GMT", "-", "99999999999999999999"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got < 0 || got > retryAfterMost {
			t.Errorf("%q gives %v", text, got)
		}
	})
}
