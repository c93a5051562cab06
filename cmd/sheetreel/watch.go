package main

import (
	"encoding/json"
	"fmt"
	"path"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

type projectWatchCommand struct {
	clientFlags
	ResumeToken string `help:"Begin after the message that had this resume token; without one, from now on." placeholder:"TOKEN"`
}

// Run tells what happens in a project, until it is interrupted.
func (c projectWatchCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		err := cl.WatchProject(env.ctx, client.Project(c.Project), c.ResumeToken, client.ProjectWatch{
			Each: func(m *schedulerv1.WatchProjectResponse) error {
				if c.json() {
					return env.line(m)
				}
				return env.tellEvents(m.GetEvents())
			},
			Lost: func(error, time.Duration) {
				if !c.json() {
					fmt.Fprintln(env.stderr, "connection lost; trying to get it back")
				}
			},
		})
		if env.ctx.Err() != nil {
			return exitCode(exitInterrupted)
		}
		return err
	})
}

// line writes a message that tells something as one line of JSON.
func (env *environment) line(m *schedulerv1.WatchProjectResponse) error {
	if len(m.GetEvents()) == 0 {
		return nil
	}
	raw, err := message(m)
	if err != nil {
		return err
	}
	return json.NewEncoder(env.stdout).Encode(raw)
}

// tellEvents writes a line for each change of state, with the end of the bulk job's id, by which commands know it.
func (env *environment) tellEvents(events []*schedulerv1.JobEvent) error {
	for _, event := range events {
		line := progress.Line(event, env.zone)
		if line == "" {
			continue
		}
		id := path.Base(event.GetBulkJob())
		if err := env.say(id[max(0, len(id)-shortID):] + "  " + line); err != nil {
			return err
		}
	}
	return nil
}

// shortID is how much of an id tells bulk jobs apart for people.
const shortID = 8
