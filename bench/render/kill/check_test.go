package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// write writes a file of a campaign.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func published(key, text string) *schedulerv1.Artifact {
	sum := sha256.Sum256([]byte(text))
	return &schedulerv1.Artifact{FileName: filepath.Base(key), BlobKey: key, Sha256: hex.EncodeToString(sum[:])}
}

const receipt = `{"receipt": {"reusedSceneCount": 1, "renderedSceneCount": 2}}`

// TestTeeth breaks each promise, and looks whether it is seen.
func TestTeeth(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(p places, v *schedulerv1.VideoJob)
		times int
		want  string
	}{
		"nothing is wrong": {func(places, *schedulerv1.VideoJob) {}, 1, ""},
		"twice":            {func(places, *schedulerv1.VideoJob) {}, 2, "completed 2 times"},
		"lost":             {func(_ places, v *schedulerv1.VideoJob) { v.State = schedulerv1.VideoJob_FAILED }, 1, "v failed"},
		"half":             {func(p places, _ *schedulerv1.VideoJob) { write(t, filepath.Join(p.blobs(), "a/video.mp4"), "vid") }, 1, "not what was published"},
		"orphan":           {func(p places, _ *schedulerv1.VideoJob) { write(t, filepath.Join(p.blobs(), "b/video.mp4"), "video") }, 1, "no video has published"},
		"unfinished":       {func(p places, _ *schedulerv1.VideoJob) { write(t, filepath.Join(p.scratch(), "x/attempt-1/chunk"), "") }, 1, "unfinished"},
		"much work lost":   {func(p places, _ *schedulerv1.VideoJob) { write(t, p.encodes(), strings.Repeat("chunk\n", 5)) }, 1, "2 chunks were begun again"},
	} {
		t.Run(name, func(t *testing.T) {
			p := places{t.TempDir()}
			write(t, p.encodes(), strings.Repeat("chunk\n", 4))
			write(t, filepath.Join(p.scratch(), "sheetreel-render-lock"), "")
			write(t, filepath.Join(p.blobs(), "a/video.mp4"), "video")
			write(t, filepath.Join(p.blobs(), "a/manifest.json"), receipt)
			v := &schedulerv1.VideoJob{Name: "v", State: schedulerv1.VideoJob_COMPLETED, Artifacts: []*schedulerv1.Artifact{
				published("a/video.mp4", "video"), published("a/manifest.json", receipt),
			}}
			c.spoil(p, v)
			f, known := &findings{deeds: deeds{kills: 1}}, map[string]bool{}
			f.video(p, v, c.times, known)
			f.leftovers(p, known)
			f.lostWork(p)
			if text := strings.Join(f.broken, "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
				t.Errorf("broken: %q, want %q", text, c.want)
			}
		})
	}
}

func TestPlanHasAllFaults(t *testing.T) {
	c := campaign{kills: 3, stops: 2, cancels: 1}
	all := plan(c, rand.New(rand.NewPCG(1, 1)))
	if again := plan(c, rand.New(rand.NewPCG(1, 1))); !slices.Equal(all, again) {
		t.Errorf("a seed gives %v and %v", all, again)
	}
	slices.Sort(all)
	if got := fmt.Sprint(all); got != fmt.Sprint([]fault{kill, kill, kill, stop, stop, cancel}) {
		t.Errorf("faults %s", got)
	}
}
