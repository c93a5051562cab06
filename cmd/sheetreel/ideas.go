package main

import (
	"context"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// ideasCommands look at sheets.
type ideasCommands struct {
	Check checkCommand `cmd:"" help:"Read a sheet and say which rows are fine and what is wrong with the others."`
}

type checkCommand struct {
	clientFlags
	sheetFlags
}

const (
	// checkBound is how long a sheet may take: Google may make us wait for its quota.
	checkBound = 2 * time.Minute
	// maxFindings bounds how many findings a check shows.
	maxFindings = 200
)

// Run checks a sheet. Its exit code is 3 when rows would be left out.
func (c checkCommand) Run(env *environment) error {
	source, err := c.source()
	if err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := context.WithTimeout(env.ctx, checkBound)
		defer cancel()
		check, err := cl.Ingest.CheckIdeas(ctx, &ingestv1.CheckIdeasRequest{Parent: client.Project(c.Project), Source: source, User: c.User})
		if err != nil {
			return err
		}
		if c.json() {
			err = env.document(check)
		} else {
			err = env.say(report.Ideas(check, env.width(), maxFindings)...)
		}
		if err == nil && check.GetReport().GetInvalidRowCount() > 0 {
			return exitCode(exitFailed)
		}
		return err
	})
}
