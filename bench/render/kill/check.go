package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// findings are the figures, and what promises were broken.
type findings struct {
	deeds
	completed, cancelled    int
	setAside                int // three workers were lost with them
	attempts                int
	scenes, reused          int // of completed videos
	encodes, again, allowed int
	broken                  []string
}

func (f *findings) wrong(format string, args ...any) {
	f.broken = append(f.broken, fmt.Sprintf(format, args...))
}

func (f *findings) String() string {
	text := fmt.Sprintf("%d workers killed, %d stopped; %d videos completed in %d attempts, %d cancelled, %d set aside as three workers were lost with them\n", f.kills, f.stops, f.completed, f.attempts, f.cancelled, f.setAside)
	text += fmt.Sprintf("%d scenes in all, %d of them found in the cache; %d chunks were begun, %d again (at most %d may be)\n", f.scenes, f.reused, f.encodes, f.again, f.allowed)
	for _, b := range f.broken {
		text += "BROKEN: " + b + "\n"
	}
	return text + fmt.Sprintf("broken promises: %d;", len(f.broken))
}

// check looks at what there is once all workers have ended.
func check(ctx context.Context, p places, q *queue, done deeds) (*findings, error) {
	f := &findings{deeds: done}
	videos, err := q.videos(ctx)
	if err != nil {
		return nil, err
	}
	times, err := q.completions(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, v := range videos {
		f.attempts += int(v.GetAttempt())
		f.video(p, v, times[v.GetName()], known)
	}
	f.leftovers(p, known)
	f.lostWork(p)
	return f, nil
}

// video checks one video job with its files.
func (f *findings) video(p places, v *schedulerv1.VideoJob, completions int, known map[string]bool) {
	switch v.GetState() {
	case schedulerv1.VideoJob_COMPLETED:
		f.completed++
		if completions != 1 {
			f.wrong("%s was completed %d times", v.GetName(), completions)
		}
	case schedulerv1.VideoJob_CANCELLED:
		f.cancelled++
	case schedulerv1.VideoJob_FAILED:
		if !lostThrice(v) {
			f.wrong("%s failed: %s", v.GetName(), v.GetError().GetMessage())
			return
		}
		f.setAside++ // as it shall be: a video with which workers die must not take them all
	default:
		f.wrong("%s is %s: %s", v.GetName(), v.GetState(), v.GetError().GetMessage())
	}
	for _, a := range v.GetArtifacts() {
		known[a.GetBlobKey()] = true
		data, err := os.ReadFile(filepath.Join(p.blobs(), filepath.FromSlash(a.GetBlobKey())))
		sum := sha256.Sum256(data)
		if err != nil || hex.EncodeToString(sum[:]) != a.GetSha256() {
			f.wrong("%s is not what was published: %d bytes, %v", a.GetBlobKey(), len(data), err)
			continue
		}
		if a.GetFileName() == "manifest.json" {
			m := &renderv1.Manifest{}
			if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, m); err != nil {
				f.wrong("%s: %v", a.GetBlobKey(), err)
			}
			r := m.GetReceipt()
			f.scenes += int(r.GetReusedSceneCount() + r.GetRenderedSceneCount())
			f.reused += int(r.GetReusedSceneCount())
		}
	}
}

// lostThrice tells whether a video was set aside because three workers were lost with it.
func lostThrice(v *schedulerv1.VideoJob) bool {
	for _, d := range v.GetError().GetDetails() {
		info := &errdetails.ErrorInfo{}
		if d.UnmarshalTo(info) == nil && info.GetReason() == errorsv1.ErrorReason_WORKER_LOST.String() {
			return true
		}
	}
	return false
}

// leftovers looks for what nobody needs any more.
func (f *findings) leftovers(p places, known map[string]bool) {
	for _, path := range filesBelow(p.blobs()) {
		if !known[filepath.ToSlash(path)] {
			f.wrong("the store has %s, which no video has published", path)
		}
	}
	for _, path := range filesBelow(p.scratch()) {
		if filepath.Base(path) != "sheetreel-render-lock" {
			f.wrong("unfinished: %s", path)
		}
	}
	for _, name := range runningIn(p.root) {
		f.wrong("process %s runs on", name)
	}
}

// lostWork counts the chunks that were begun again. Whoever is killed, stopped or cancelled loses at most the one that it
// encodes; of a video that was cancelled or set aside, what was encoded is no scene of a video either.
func (f *findings) lostWork(p places) {
	data, err := os.ReadFile(p.encodes())
	if err != nil {
		f.wrong("encodes: %v", err)
	}
	f.encodes = bytes.Count(data, []byte("\n"))
	f.again = max(0, f.encodes-f.scenes)
	f.allowed = f.kills + f.stops + (f.cancelled+f.setAside)*(scenesEach+1)
	if f.again > f.allowed {
		f.wrong("%d chunks were begun again", f.again)
	}
}

func filesBelow(dir string) (paths []string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			relative, _ := filepath.Rel(dir, path)
			paths = append(paths, relative)
		}
		return nil // what cannot be read is not there
	})
	return paths
}

// runningIn are the processes that work in a folder or below.
func runningIn(dir string) (ids []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && (cwd == dir || strings.HasPrefix(cwd, dir+"/")) {
			ids = append(ids, filepath.Base(filepath.Dir(link)))
		}
	}
	return ids
}
