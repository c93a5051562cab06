package main

import (
	"encoding/json"
	"fmt"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

type listCommand struct {
	clientFlags
	Limit int `help:"At most so many." default:"20"`
}

// Validate refuses a limit that lists nothing.
func (c listCommand) Validate() error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit %d: must be 1 or more", c.Limit)
	}
	return nil
}

// Run lists the newest bulk jobs.
func (c listCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		jobs, err := cl.BulkJobs(ctx, c.Project, c.Limit)
		if err != nil {
			return err
		}
		if !c.json() {
			if len(jobs) == 0 {
				return env.say("no bulk jobs yet; make one with: sheetreel batch create SHEET")
			}
			return env.say(report.BulkJobs(jobs, env.width(), env.zone)...)
		}
		list := []json.RawMessage{}
		for _, job := range jobs {
			raw, err := message(job)
			if err != nil {
				return err
			}
			list = append(list, raw)
		}
		return env.document(map[string]any{"bulkJobs": list})
	})
}
