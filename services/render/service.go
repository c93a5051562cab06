package render

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"gocloud.dev/blob"
	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/blobstore"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/assets/clip"
	"github.com/sheetreel/sheetreel/services/render/probe"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/httpapi"
	"github.com/sheetreel/sheetreel/services/render/quality"
	"github.com/sheetreel/sheetreel/services/render/quote"
)

// Deps are what a render worker needs.
type Deps struct {
	// Leases is the scheduler.
	Leases schedulerv1.LeaseServiceClient
	// Cleanup is the scheduler too: which files are to be deleted. When nil, none are.
	Cleanup schedulerv1.CleanupServiceClient
	// Provider makes the videos that name no provider, and those that name it.
	Provider provider.Provider
	// Hosted are more providers, beside those of the configuration's file.
	Hosted []provider.Hosted
	// Assets brings pictures, clips and sounds from the web. When nil, it is opened by the configuration.
	Assets *assets.Store
	// Quota limits what is ordered from hosted providers. When nil, only what they themselves allow does.
	Quota ratelimitv1.QuotaServiceClient
	// Planner tells and shows how videos will look; without it, only storyboards and quotes are known.
	Planner provider.Planner
	// Quotes says what videos will take and learns from what they took. When nil, it forgets at the end.
	Quotes *quote.Book
	// Blob is where finished files go. When nil, it is opened by the configuration and closed at the end of Run.
	Blob *blob.Bucket
	// Probe measures a finished video. When nil, ffprobe does.
	Probe func(ctx context.Context, path string) (*renderv1.Media, error)
	// Look looks for faults in a finished video. When nil, the quality package does.
	Look func(ctx context.Context, j quality.Job) (*quality.Report, error)
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
	if deps.Quotes == nil {
		deps.Quotes = quote.Open("")
	}
	if deps.Probe == nil {
		deps.Probe = probe.File
	}
	if deps.Look == nil {
		deps.Look = quality.Look
	}
	if err := addHosted(cfg, &deps); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	if deps.Assets == nil {
		deps.Assets, err = assets.Open(cfg.Assets, assets.Deps{Measure: clip.Measure})
		if err != nil {
			return nil, fmt.Errorf("render: %w", err)
		}
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

// addHosted adds the providers of the configuration's file, and refuses two of one name.
func addHosted(cfg Config, deps *Deps) error {
	if cfg.Providers != "" {
		more, err := httpapi.Load(cfg.Providers)
		if err != nil {
			return err
		}
		deps.Hosted = append(slices.Clone(deps.Hosted), more...)
	}
	names := []string{deps.Provider.Name()}
	for _, h := range deps.Hosted {
		name := h.Describe().Name
		if slices.Contains(names, name) {
			return fmt.Errorf("there are two providers of the name %s", name)
		}
		names = append(names, name)
	}
	if len(names) > maxProviders {
		return fmt.Errorf("there are %d providers; a worker can have %d", len(names), maxProviders)
	}
	return nil
}

// Register serves RenderService.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	renderv1.RegisterRenderServiceServer(r, newStoryboards(s.worker.Planner, s.worker.Quotes))
}

// Run renders, and deletes the files of deleted bulk jobs, until ctx ends; then it publishes or hands back what is
// under way. It may be called once.
func (s *Service) Run(ctx context.Context) error {
	var g run.Group
	g.Add("render", s.worker.run)
	if s.worker.cfg.ProviderCallbacks != "" {
		g.Add("callbacks", s.worker.callbacks)
	}
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
