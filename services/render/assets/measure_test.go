package assets

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/render/probe"
)

// TestMeasuredVideos: a huge video is refused, because decoding it takes gigabytes; and a machine that cannot measure is not
// the video's fault.
func TestMeasuredVideos(t *testing.T) {
	for _, tc := range []struct {
		name string
		w, h int
		err  error
		want string // of the problem; empty when there is none
	}{
		{"huge", 16384, 16384, nil, "has 16384 x 16384 pixels; at most 40 million are taken"},
		{"broken", 0, 0, errors.New("torn"), "is a broken video: torn"},
		{"no ffprobe", 0, 0, fmt.Errorf("probe: %w", probe.ErrMachine), ""},
	} {
		r := newRig(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("\x00\x00\x00\x18ftypisom, and so on"))
		})
		r.Measure = func(context.Context, string, Format) (int, int, time.Duration, error) {
			return tc.w, tc.h, time.Second, tc.err
		}
		_, err := r.Fetch(t.Context(), r.url, Video, t.TempDir())
		var problem *Problem
		if is := errors.As(err, &problem); err == nil || is != (tc.want != "") || is && problem.Error() != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
