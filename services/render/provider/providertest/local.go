package providertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Local is what a provider on this machine must pass: tests 4, 5 and 14. open gives a new one, which keeps nothing. The storyboard
// should be a short one; stage is where its render is cancelled.
func Local(t *testing.T, open func(t *testing.T) provider.Provider, sb *storyboardv1.Storyboard, stage string) {
	t.Run("14 the same request gives the same file, and its progress moves forward", func(t *testing.T) {
		var sums []string
		for range 2 {
			var seen []float64
			before := proto.Clone(sb)
			result, err := open(t).Render(t.Context(), provider.Request{Key: "a", Storyboard: sb, Dir: t.TempDir(), Progress: func(p provider.Progress) {
				seen = append(seen, p.Percent)
			}})
			if err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(before, sb) {
				t.Error("the storyboard was changed")
			}
			if len(seen) < 2 || !slices.IsSorted(seen) || seen[len(seen)-1] > 100 {
				t.Errorf("progress %v", seen)
			}
			sum, err := os.ReadFile(result.Video)
			if err != nil {
				t.Fatal(err)
			}
			sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(sum)))
		}
		if sums[0] != sums[1] {
			t.Errorf("digests %v", sums)
		}
	})
	t.Run("14 cancel leaves no process behind", func(t *testing.T) {
		dir := t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		_, err := open(t).Render(ctx, provider.Request{Key: "b", Storyboard: sb, Dir: dir, Progress: func(p provider.Progress) {
			if p.Stage == stage {
				cancel(provider.ErrUnwanted)
			}
		}})
		if !errors.Is(err, context.Canceled) && !errors.Is(err, provider.ErrUnwanted) {
			t.Errorf("cancelled: %v", err)
		}
		if left := workingIn(t, dir); len(left) > 0 {
			t.Errorf("processes go on: %v", left)
		}
	})
	t.Run("5 cancelled before it begins", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
		defer cancel()
		if _, err := open(t).Render(ctx, provider.Request{Key: "c", Storyboard: sb, Dir: t.TempDir()}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("begun after its end: %v", err)
		}
	})
}

// workingIn lists the processes whose folder is dir, other than this one. Where there is no /proc, there are none.
func workingIn(t *testing.T, dir string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, link := range links {
		at, err := os.Readlink(link)
		if err == nil && strings.HasPrefix(at, dir) { // it may have ended meanwhile
			left = append(left, filepath.Dir(link))
		}
	}
	return left
}
