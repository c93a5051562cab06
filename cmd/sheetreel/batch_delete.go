package main

import (
	"path"

	"github.com/google/uuid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
)

type deleteCommand struct{ oneBulkJob }

// Run deletes a finished bulk job.
func (c deleteCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.Resolve(ctx, c.Project, c.BulkJob)
		if err != nil {
			return err
		}
		if _, err := cl.Scheduler.DeleteBulkJob(ctx, &schedulerv1.DeleteBulkJobRequest{Name: name, RequestId: uuid.NewString()}); err != nil {
			return err
		}
		if c.json() {
			return env.document(map[string]string{"deleted": name})
		}
		return env.say(path.Base(name) + " is deleted; its files follow soon")
	})
}
