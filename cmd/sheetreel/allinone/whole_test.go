package allinone

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/download"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/paper"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

const sheet = `ID,Title,Script
a,Why cats purr,Cats purr when they feel safe.
b,富士山の朝,富士山の朝はとても静かです。
c,,There is no title here.
`

// start runs everything over the data folder with the provider, calls use with a client, and stops.
func start(t *testing.T, data string, p provider.Provider, use func(context.Context, *client.Client, client.Links)) {
	t.Helper()
	csv := filepath.Join(t.TempDir(), "ideas.csv")
	if err := os.WriteFile(csv, []byte(sheet), 0o600); err != nil {
		t.Fatal(err)
	}
	startOn(t, data, csv, p, use)
}

// startOn is start with a sheet of one's own.
func startOn(t *testing.T, data, csv string, p provider.Provider, use func(context.Context, *client.Client, client.Links)) {
	t.Helper()
	var cfg Config
	if err := kong.ApplyDefaults(&cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Data, cfg.Emulate = data, []string{csv}
	cfg.Gateway.HTTPListen, cfg.Gateway.GRPCListen = "127.0.0.1:0", "127.0.0.1:0"
	err := Run(t.Context(), cfg, Deps{
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Provider: p,
		Probe: paper.Probe,
		Ready: func(ctx context.Context, a Addresses) error {
			c, err := client.Dial(a.GRPC)
			if err != nil {
				return err
			}
			defer c.Close()
			use(ctx, c, client.Links{Base: "http://" + a.HTTP})
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, ctx context.Context, c *client.Client) *schedulerv1.BulkJob {
	t.Helper()
	job, err := c.Scheduler.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{
		Parent: client.Project("default"),
		BulkJob: &schedulerv1.BulkJob{Source: &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{
			GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "demo"},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// finish follows a bulk job to its end and returns it with its videos; no event may come twice or be missing.
func finish(t *testing.T, ctx context.Context, c *client.Client, name string) (*schedulerv1.BulkJob, []*schedulerv1.VideoJob) {
	t.Helper()
	var batch progress.Batch
	var heard int64
	err := c.Watch(ctx, name, "", client.Watch{Each: func(m *schedulerv1.WatchBulkJobResponse) error {
		for _, event := range batch.Apply(m) {
			if heard++; event.GetSequence() != heard {
				return fmt.Errorf("event %d came when %d was due", event.GetSequence(), heard)
			}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	job, err := c.Scheduler.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	videos, err := c.VideoJobs(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	return job, videos
}

func TestASheetBecomesVideosOnce(t *testing.T) {
	data, out := t.TempDir(), t.TempDir()
	p := &paper.Provider{}
	var first *schedulerv1.BulkJob
	start(t, data, p, func(ctx context.Context, c *client.Client, links client.Links) {
		first = create(t, ctx, c)
		job, videos := finish(t, ctx, c, first.GetName())
		if job.GetState() != schedulerv1.BulkJob_COMPLETED || job.GetProgress().GetCompletedCount() != 2 || job.GetImportReport().GetInvalidRowCount() != 1 {
			t.Errorf("bulk job = %v, want it completed with two videos and one invalid row", job)
		}
		d := download.Downloader{Client: download.NewClient(), URL: links.Artifact, Dir: out}
		for _, video := range videos {
			if _, err := d.Video(ctx, video); err != nil {
				t.Error(err)
			}
		}
	})
	content, err := os.ReadFile(filepath.Join(out, "03-富士山の朝", "video.mp4"))
	if err != nil || string(content) != "video of 富士山の朝" {
		t.Errorf("downloaded video = %q, %v", content, err)
	}
	start(t, data, p, func(ctx context.Context, c *client.Client, _ client.Links) {
		again, videos := finish(t, ctx, c, create(t, ctx, c).GetName())
		if again.GetName() == first.GetName() || again.GetState() != schedulerv1.BulkJob_COMPLETED || len(videos) != 0 {
			t.Errorf("the same sheet again gave %v with %d videos, want a completed one with nothing to do", again, len(videos))
		}
	})
	if len(p.Made()) != 2 {
		t.Errorf("rendered %q, want each title once", p.Made())
	}
}

func TestAStopInTheMiddleLosesAndRepeatsNothing(t *testing.T) {
	data := t.TempDir()
	held := &paper.Provider{Hold: true, Busy: make(chan struct{}, 2)}
	var name string
	start(t, data, held, func(ctx context.Context, c *client.Client, _ client.Links) {
		name = create(t, ctx, c).GetName()
		<-held.Busy
	})
	p := &paper.Provider{}
	start(t, data, p, func(ctx context.Context, c *client.Client, _ client.Links) {
		job, videos := finish(t, ctx, c, name)
		if job.GetState() != schedulerv1.BulkJob_COMPLETED || job.GetProgress().GetCompletedCount() != 2 {
			t.Errorf("bulk job after the restart = %v, want it completed", job)
		}
		for _, video := range videos {
			if video.GetState() != schedulerv1.VideoJob_COMPLETED {
				t.Errorf("video %v, want it completed", video)
			}
		}
	})
	if len(p.Made()) != 2 {
		t.Errorf("rendered %q after the restart, want each title once", p.Made())
	}
	if left, err := os.ReadDir(filepath.Join(data, "scratch")); err == nil {
		for _, entry := range left {
			if entry.IsDir() {
				t.Errorf("scratch folder %s was left behind", entry.Name())
			}
		}
	}
}
