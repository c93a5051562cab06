package main

import (
	"context"
	"errors"
	"os"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/reportcsv"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// ideasCommands look at sheets.
type ideasCommands struct {
	Check   checkCommand   `cmd:"" help:"Read a sheet and say which rows are fine and what is wrong with the others."`
	Preview previewCommand `cmd:"" help:"Show what the video of an idea will look like, and what it will take, before anything is made."`
}

type checkCommand struct {
	clientFlags
	sheetFlags
	CSV string `name:"csv" help:"Write all findings to this file as CSV." placeholder:"FILE"`
}

const (
	// checkBound is how long a sheet may take: Google may make us wait for its quota.
	checkBound = 2 * time.Minute
	// maxFindings bounds how many findings a check shows.
	maxFindings = 200
)

// Run checks a sheet. Its exit code is 3 when rows would be left out.
func (c checkCommand) Run(env *environment) error {
	source, err := c.source(env.ctx, c.clientFlags)
	if err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := context.WithTimeout(env.ctx, checkBound)
		defer cancel()
		request := &ingestv1.CheckIdeasRequest{Parent: client.Project(c.Project), Source: source, User: c.User}
		check, err := cl.Ingest.CheckIdeas(ctx, request)
		if err != nil {
			return err
		}
		if c.CSV != "" {
			if err := writeFindings(ctx, cl, request, check, c.CSV); err != nil {
				return err
			}
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

// writeFindings writes the findings of a check to a file, page by page.
func writeFindings(ctx context.Context, cl *client.Client, request *ingestv1.CheckIdeasRequest, page *ingestv1.CheckIdeasResponse, path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := reportcsv.NewWriter(file)
	left := int(page.GetReport().GetFindingCount())
	for {
		findings := page.GetReport().GetFindings()
		if err := out.Findings(findings); err != nil {
			return err
		}
		if left -= len(findings); left <= 0 || page.GetNextPageToken() == "" {
			return out.Flush()
		}
		request.PageToken = page.GetNextPageToken()
		if page, err = cl.Ingest.CheckIdeas(ctx, request); err != nil {
			return err
		}
	}
}
