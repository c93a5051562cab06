package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/allinone"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

type demoCommand struct {
	Sheet      string `help:"CSV file with the ideas." default:"examples/ideas.csv" type:"existingfile" aliases:"file"`
	Data       string `help:"Folder for the database and the finished files." default:"./sheetreel-data"`
	Out        string `help:"Folder for the videos." default:"./out"`
	Again      bool   `help:"Render everything anew."`
	Resolution int    `help:"Pixels of the short side: 360, 480, 720, 1080 or 2160; 0 means the default." enum:"0,360,480,720,1080,2160" default:"0"`
	FPS        int    `name:"fps" help:"Frames per second, 10 to 60; 0 means the default." default:"0"`
}

// Help is shown below the flags.
func (demoCommand) Help() string {
	return `It starts everything in this process with an emulated Google spreadsheet, submits the sheet over gRPC as any
client does, and stops when the videos are there. The same file again renders nothing again.`
}

// Run renders the sample sheet.
func (c demoCommand) Run(env *environment) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	log, err := openLog(c.Data)
	if err != nil {
		return err
	}
	defer log.Close()
	fmt.Fprintf(env.stderr, "Sheetreel demo: %s becomes videos in %s; the log is %s\n", c.Sheet, c.Out, log.Name())
	var told error
	err = allinone.Run(env.ctx, cfg, allinone.Deps{
		Log: slog.New(slog.NewTextHandler(log, nil)), Provider: env.render.provider, Probe: env.render.probe,
		Ready: func(ctx context.Context, a allinone.Addresses) error {
			guest := *env
			guest.ctx = ctx
			told = c.submit(&guest, a, cfg.EmulatedID)
			return nil
		},
	})
	return errors.Join(err, told)
}

// config is that of `sheetreel up` with free ports, and the file as its spreadsheet. The spreadsheet's id depends
// on the content: an edited file is another sheet, an unchanged one the same.
func (c demoCommand) config() (allinone.Config, error) {
	var cfg allinone.Config
	if err := kong.ApplyDefaults(&cfg); err != nil {
		return cfg, err
	}
	content, err := os.ReadFile(c.Sheet)
	if err != nil {
		return cfg, err
	}
	sum := sha256.Sum256(content)
	cfg.Data = c.Data
	cfg.Emulated = allinone.Emulated{Emulate: []string{c.Sheet}, EmulatedID: "demo-" + hex.EncodeToString(sum[:4])}
	cfg.Gateway.HTTPListen, cfg.Gateway.GRPCListen = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Ingest.Sheets.Endpoint = ""
	return cfg, nil
}

// openLog makes the log file; on the terminal a log would disturb the progress.
func openLog(data string) (*os.File, error) {
	if err := os.MkdirAll(data, 0o750); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return os.OpenFile(filepath.Join(data, "demo.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
}

// submit is the client's part: it creates the bulk job, follows it, and fetches the videos.
func (c demoCommand) submit(env *environment, a allinone.Addresses, sheet string) error {
	flags := clientFlags{Server: a.GRPC, HTTP: "http://" + a.HTTP, Project: "default", Output: "text"}
	return flags.with(func(cl *client.Client) error {
		create, err := c.create(env.ctx, flags, sheet)
		if err != nil {
			return err
		}
		job, err := c.start(env, cl, create)
		if err != nil {
			return err
		}
		f := follow{clientFlags: flags, download: c.Out, over: progress.Finished(job.GetState()), goOn: "sheetreel demo"}
		if err := f.run(env, cl, job.GetName()); err != nil {
			return err
		}
		return env.tell("", fmt.Sprintf("the videos are in %s; to see them in a browser: sheetreel up --data %s", c.Out, c.Data))
	})
}

// create is the request for the bulk job, built as `batch create` does.
func (c demoCommand) create(ctx context.Context, flags clientFlags, sheet string) (*schedulerv1.CreateBulkJobRequest, error) {
	create := createCommand{
		clientFlags: flags, Again: c.Again, createFlags: createFlags{
			sheetFlags: sheetFlags{Sheet: sheet}, Name: "Sheetreel demo", Priority: "normal",
			renderFlags: renderFlags{Resolution: c.Resolution, FPS: c.FPS},
		},
	}
	request, err := create.request(ctx)
	if err == nil {
		// The same demo again shows the same bulk job with its videos, and not what is new since then.
		request.BulkJob.Source.Options = &ingestv1.ImportOptions{RepeatedRows: ingestv1.ImportOptions_ALL}
	}
	return request, err
}

// start creates the bulk job. One that is there already goes on: what failed is tried again, what is paused is
// resumed, what was cancelled is made anew.
func (c demoCommand) start(env *environment, cl *client.Client, create *schedulerv1.CreateBulkJobRequest) (*schedulerv1.BulkJob, error) {
	ctx, cancel := env.call()
	defer cancel()
	job, err := cl.Scheduler.CreateBulkJob(ctx, create)
	if err != nil {
		return nil, err
	}
	name := job.GetName()
	switch {
	case job.GetState() == schedulerv1.BulkJob_FAILED, job.GetProgress().GetFailedCount() > 0:
		if err := env.say("videos failed in an earlier run; trying them again"); err != nil {
			return nil, err
		}
		return cl.Scheduler.RetryBulkJob(ctx, &schedulerv1.RetryBulkJobRequest{Name: name, RequestId: uuid.NewString()})
	case job.GetState() == schedulerv1.BulkJob_CANCELLED:
		create.RequestId = uuid.NewString()
		return cl.Scheduler.CreateBulkJob(ctx, create)
	case job.GetState() == schedulerv1.BulkJob_PAUSED:
		return cl.Scheduler.ResumeBulkJob(ctx, &schedulerv1.ResumeBulkJobRequest{Name: name, RequestId: uuid.NewString()})
	case job.GetState() == schedulerv1.BulkJob_COMPLETED:
		return job, env.say("this sheet was rendered before: nothing is rendered again (to do so: sheetreel demo --again)")
	case job.GetState() != schedulerv1.BulkJob_PENDING:
		return job, env.say("an earlier run was interrupted; going on where it stopped")
	}
	return job, nil
}
