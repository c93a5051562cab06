// Package paper makes text files instead of videos, for tests of everything around rendering.
package paper

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Provider writes "video of TITLE" and "poster of TITLE".
type Provider struct {
	Hold bool          // wait for the end of the render's context instead
	Busy chan struct{} // told of every render that holds
	Fail string        // the title that cannot be rendered

	mu   sync.Mutex
	made []string
}

// Made are the titles that were rendered, oldest first.
func (p *Provider) Made() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.made)
}

// Name is "studio", as it takes the studio's place and the video jobs that are for it.
func (p *Provider) Name() string { return "studio" }

// Render writes the files.
func (p *Provider) Render(ctx context.Context, r provider.Request) (*provider.Result, error) {
	r.Progress(provider.Progress{Stage: "frames", Percent: 50})
	if p.Hold {
		p.Busy <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	title := r.Storyboard.GetTitle()
	if title == p.Fail {
		return nil, &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Err: errors.New("the paper is torn")}
	}
	p.mu.Lock()
	p.made = append(p.made, title)
	p.mu.Unlock()
	result := &provider.Result{
		Storyboard: proto.CloneOf(r.Storyboard), Video: filepath.Join(r.Dir, "v.mp4"), Poster: filepath.Join(r.Dir, "p.jpg"),
		Versions: map[string]string{"paper": "1"},
	}
	return result, errors.Join(
		os.WriteFile(result.Video, []byte("video of "+title), 0o600),
		os.WriteFile(result.Poster, []byte("poster of "+title), 0o600),
	)
}

// Probe measures nothing: every file of this provider is the same video.
func Probe(context.Context, string) (*renderv1.Media, error) {
	return &renderv1.Media{Width: 720, Height: 1280, Duration: durationpb.New(3 * time.Second), VideoCodec: "h264", AudioCodec: "aac"}, nil
}
