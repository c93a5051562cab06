package main

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

// createFlags say what a bulk job is made like.
type createFlags struct {
	sheetFlags
	renderFlags
	Name      string `help:"A name for people; the spreadsheet's title when empty."`
	Priority  string `help:"Priority of rows that give none: urgent, normal or low." enum:"urgent,normal,low" default:"normal"`
	Budget    string `help:"Pause once the videos have cost so much, in the server's currency." placeholder:"AMOUNT"`
	WriteBack bool   `help:"Write each row's status, link, duration, cost and error into columns of the Google sheet that begin with Sheetreel."`
}

type createCommand struct {
	clientFlags
	createFlags
	NotBefore time.Time `help:"Start nothing before this time, for example 2026-12-01T09:00:00Z." placeholder:"TIME"`
	Due       time.Time `help:"When the videos are wanted: they go first when that is near." placeholder:"TIME"`
	Deadline  time.Time `help:"Cancel then what is unfinished." placeholder:"TIME"`
	Again     bool      `help:"Render the whole sheet anew, even if the same bulk job exists; the same as --all." xor:"request"`
	RequestID string    `help:"Your own idempotency key: repeating the command with it makes nothing new." placeholder:"TEXT" xor:"request"`
	Watch     bool      `help:"Follow the bulk job to its end." short:"w"`
	Download  string    `help:"Watch, and at the end write every finished video with its files to DIR/ROW-TITLE/." placeholder:"DIR"`
}

// Run creates a bulk job, and follows it if asked.
func (c createCommand) Run(env *environment) error {
	request, err := c.request(env.ctx)
	if err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		job, err := cl.Scheduler.CreateBulkJob(ctx, request)
		if err != nil {
			return err
		}
		follows := c.Watch || c.Download != ""
		if c.json() && !follows {
			return env.document(job)
		}
		if !c.json() {
			if err := env.say(c.created(job)...); err != nil {
				return err
			}
		}
		if !follows {
			return env.say("watch it with: sheetreel batch watch " + path.Base(job.GetName()))
		}
		f := follow{clientFlags: c.clientFlags, download: c.Download, over: progress.Finished(job.GetState())}
		return f.run(env, cl, job.GetName())
	})
}

// request is the call that the flags ask for.
func (c createCommand) request(ctx context.Context) (*schedulerv1.CreateBulkJobRequest, error) {
	c.All = c.All || c.Again
	job, err := c.job(ctx, c.clientFlags)
	if err != nil {
		return nil, err
	}
	job.NotBeforeTime, job.DueTime, job.DeadlineTime = stamp(c.NotBefore), stamp(c.Due), stamp(c.Deadline)
	id := c.RequestID
	if c.All && id == "" {
		id = uuid.NewString()
	}
	return &schedulerv1.CreateBulkJobRequest{Parent: client.Project(c.Project), BulkJob: job, RequestId: id}, nil
}

// job is what the flags ask for.
func (c createFlags) job(ctx context.Context, server clientFlags) (*schedulerv1.BulkJob, error) {
	source, err := c.source(ctx, server)
	if err != nil {
		return nil, err
	}
	if c.WriteBack {
		if source.Options == nil {
			source.Options = &ingestv1.ImportOptions{}
		}
		source.Options.WriteBack = true
	}
	budget, err := parseLimit("--budget", c.Budget)
	if err != nil {
		return nil, err
	}
	job := &schedulerv1.BulkJob{
		DisplayName: c.Name, Source: source, User: c.User, Budget: budget,
		Priority: priority(c.Priority), RenderOptions: c.render(),
	}
	return job, nil
}

// stamp is a time that a flag names.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// created says what came back: a new bulk job, or one that was there.
func (c createCommand) created(job *schedulerv1.BulkJob) []string {
	id := path.Base(job.GetName())
	if job.GetState() == schedulerv1.BulkJob_PENDING {
		return []string{"bulk job " + id, "page: " + c.links().Page(job.GetName())}
	}
	return []string{
		fmt.Sprintf("bulk job %s exists already (%s): nothing is rendered twice", id, progress.BatchWord(job.GetState())),
		"to render the sheet anew, add: --again",
	}
}
