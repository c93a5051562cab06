package render

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"gocloud.dev/blob"
	"google.golang.org/grpc"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/blobstore"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/render/probe"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Deps are what a render worker needs.
type Deps struct {
	// Leases is the scheduler.
	Leases schedulerv1.LeaseServiceClient
	// Cleanup is the scheduler too: which files are to be deleted. When nil, none are.
	Cleanup schedulerv1.CleanupServiceClient
	// Provider makes the videos.
	Provider provider.Provider
	// Blob is where finished files go. When nil, it is opened by the configuration and closed at the end of Run.
	Blob *blob.Bucket
	// Probe measures a finished video. When nil, ffprobe does.
	Probe func(ctx context.Context, path string) (*renderv1.Media, error)
	// Log gets what an operator should know. When nil, nothing is logged.
	Log *slog.Logger
}

// Service is a render worker and the planner's API.
type Service struct {
	worker   *worker
	sweeper  *sweeper // nil: there is none
	ownsBlob bool
}

// New makes a render worker. It starts nothing.
func New(cfg Config, deps Deps) (*Service, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	if deps.Leases == nil || deps.Provider == nil {
		return nil, errors.New("render: a scheduler and a provider are needed")
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Probe == nil {
		deps.Probe = probe.File
	}
	owns := deps.Blob == nil
	if owns {
		deps.Blob, err = blobstore.Open(cfg.Blob)
		if err != nil {
			return nil, fmt.Errorf("render: %w", err)
		}
	}
	s := &Service{worker: newWorker(cfg, deps), ownsBlob: owns}
	if deps.Cleanup != nil {
		s.sweeper = &sweeper{cleanup: deps.Cleanup, remove: remover(deps.Blob), log: deps.Log}
	}
	return s, nil
}

// Register serves RenderService.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	renderv1.RegisterRenderServiceServer(r, storyboards{})
}

// Run renders, and deletes the files of deleted bulk jobs, until ctx ends; then it publishes or hands back what is
// under way. It may be called once.
func (s *Service) Run(ctx context.Context) error {
	var g run.Group
	g.Add("render", s.worker.run)
	if s.sweeper != nil {
		g.Add("delete files", s.sweeper.run)
	}
	err := g.Run(ctx)
	if s.ownsBlob {
		err = errors.Join(err, s.worker.Blob.Close())
	}
	if err != nil {
		return fmt.Errorf("render worker: %w", err)
	}
	return nil
}
