package main

import (
	"context"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
)

type priorityCommand struct {
	oneBulkJob
	Priority string `arg:"" help:"urgent, normal or low." enum:"urgent,normal,low"`
}

// Run gives what waits another priority.
func (c priorityCommand) Run(env *environment) error {
	return c.steer(env, func(ctx context.Context, cl *client.Client, name, request string) (*schedulerv1.BulkJob, error) {
		return cl.Scheduler.ChangeBulkJobPriority(ctx, &schedulerv1.ChangeBulkJobPriorityRequest{
			Name: name, Priority: priority(c.Priority), RequestId: request,
		})
	})
}

// priority is that of a word.
func priority(word string) ingestv1.Priority {
	return ingestv1.Priority(ingestv1.Priority_value[strings.ToUpper(word)])
}
