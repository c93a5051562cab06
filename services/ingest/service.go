package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"gocloud.dev/blob"
	"google.golang.org/grpc"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// Deps are what the service works with.
type Deps struct {
	// Imports hands out the bulk jobs whose sheets are to be read.
	Imports schedulerv1.ImportServiceClient
	// Quota grants every request to Google Sheets.
	Quota ratelimitv1.QuotaServiceClient
	// WriteBacks hands out the sheets into which results are written; nothing is written without it.
	WriteBacks schedulerv1.WriteBackServiceClient
	// Polls hands out the connected sheets that are to be looked at; none is watched without it, or without Jobs.
	Polls schedulerv1.SheetPollServiceClient
	// Costs knows what providers charge, for estimates; without it they name no cost.
	Costs schedulerv1.CostServiceClient
	// Jobs knows what was found in the sheets of bulk jobs; without it findings are not listed.
	Jobs schedulerv1.SchedulerServiceClient
	// Uploads is the blob store. It has the files that the gateway was sent, and takes the findings that a report has no
	// room for; without it no upload can be read, and such findings are lost.
	Uploads *blob.Bucket
	// Log; nil discards.
	Log *slog.Logger
}

// Service is the ingest service.
type Service struct {
	ingestv1.UnimplementedIngestServiceServer

	cfg      Config
	deps     Deps
	sheets   *sheets.Client
	reader   reader
	previews previews
}

// New makes the service. It calls nobody yet.
func New(cfg Config, deps Deps) (*Service, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	if deps.Imports == nil || deps.Quota == nil {
		return nil, errors.New("ingest: the import and quota clients are required")
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	catalog, err := mapping.Load()
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	rules, err := validate.Load()
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	client, err := sheets.New(cfg.Sheets, sheets.Deps{Quota: deps.Quota})
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return &Service{
		cfg: cfg, deps: deps, sheets: client,
		reader: reader{open: opener(client, newFileOpener(deps.Uploads)), catalog: catalog, rules: rules, prices: prices(deps.Costs, deps.Log)},
	}, nil
}

// Register adds the service's methods to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) { ingestv1.RegisterIngestServiceServer(r, s) }

// Run imports sheets, writes results into them, and watches those that are connected, until ctx ends, and returns when all its goroutines have. Sheets that are half read are left
// to whoever leases them next.
func (s *Service) Run(ctx context.Context) error {
	defer s.sheets.Close()
	var workers sync.WaitGroup
	for i := range s.cfg.ImportWorkers {
		name := workerName(i)
		workers.Go(func() {
			(&importer{worker: name, imports: s.deps.Imports, reader: s.reader, files: s.deps.Uploads, timeout: s.cfg.ImportTimeout, log: s.deps.Log.With("worker", name)}).run(ctx)
		})
	}
	if s.deps.WriteBacks != nil {
		workers.Go(func() { s.writeBack(ctx) })
	}
	if s.deps.Polls != nil && s.deps.Jobs != nil {
		workers.Go(func() { s.watch(ctx) })
	}
	workers.Wait()
	return nil
}
