package main

import (
	"context"
	"fmt"
	"path"

	"github.com/google/uuid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

// batchCommands work on bulk jobs.
type batchCommands struct {
	Create   createCommand   `cmd:"" help:"Turn a sheet into videos."`
	Watch    watchCommand    `cmd:"" help:"Follow a bulk job to its end."`
	List     listCommand     `cmd:"" help:"List the newest bulk jobs."`
	Get      getCommand      `cmd:"" help:"Show a bulk job with its videos and what was found in its sheet."`
	Pause    pauseCommand    `cmd:"" help:"Hand running videos back and start nothing new."`
	Resume   resumeCommand   `cmd:"" help:"Let a paused bulk job go on."`
	Cancel   cancelCommand   `cmd:"" help:"End a bulk job; finished videos stay."`
	Retry    retryCommand    `cmd:"" help:"Try every failed video again; or read the sheet again when that failed."`
	Priority priorityCommand `cmd:"" help:"Give the videos that wait another priority; they keep their age."`
	Delete   deleteCommand   `cmd:"" help:"Delete a finished bulk job with its videos and its history."`
}

// oneBulkJob is embedded by commands that work on one bulk job.
type oneBulkJob struct {
	clientFlags
	BulkJob string `arg:"" name:"bulk-job" help:"Its name, its id, a part of its id that no other has (the beginning or the end), or: latest."`
}

// steer resolves the bulk job, calls do with its name and a request id of its own, and says what became of it.
func (c oneBulkJob) steer(env *environment, do func(context.Context, *client.Client, string, string) (*schedulerv1.BulkJob, error)) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.Resolve(ctx, c.Project, c.BulkJob)
		if err != nil {
			return err
		}
		job, err := do(ctx, cl, name, uuid.NewString())
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(job)
		}
		return env.say(fmt.Sprintf("%s is now: %s", path.Base(job.GetName()), progress.BatchWord(job.GetState())))
	})
}

type pauseCommand struct{ oneBulkJob }

// Run pauses a bulk job.
func (c pauseCommand) Run(env *environment) error {
	return c.steer(env, func(ctx context.Context, cl *client.Client, name, request string) (*schedulerv1.BulkJob, error) {
		return cl.Scheduler.PauseBulkJob(ctx, &schedulerv1.PauseBulkJobRequest{Name: name, RequestId: request})
	})
}

type resumeCommand struct{ oneBulkJob }

// Run resumes a bulk job.
func (c resumeCommand) Run(env *environment) error {
	return c.steer(env, func(ctx context.Context, cl *client.Client, name, request string) (*schedulerv1.BulkJob, error) {
		return cl.Scheduler.ResumeBulkJob(ctx, &schedulerv1.ResumeBulkJobRequest{Name: name, RequestId: request})
	})
}

type cancelCommand struct{ oneBulkJob }

// Run cancels a bulk job.
func (c cancelCommand) Run(env *environment) error {
	return c.steer(env, func(ctx context.Context, cl *client.Client, name, request string) (*schedulerv1.BulkJob, error) {
		return cl.Scheduler.CancelBulkJob(ctx, &schedulerv1.CancelBulkJobRequest{Name: name, RequestId: request})
	})
}

type retryCommand struct{ oneBulkJob }

// Run queues what failed again.
func (c retryCommand) Run(env *environment) error {
	return c.steer(env, func(ctx context.Context, cl *client.Client, name, request string) (*schedulerv1.BulkJob, error) {
		return cl.Scheduler.RetryBulkJob(ctx, &schedulerv1.RetryBulkJobRequest{Name: name, RequestId: request})
	})
}
