package main

import (
	"context"
	"path"

	"github.com/google/uuid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// sheetsCommands work on connected sheets.
type sheetsCommands struct {
	Connect    connectSheetCommand    `cmd:"" help:"Watch a Google spreadsheet: new and changed rows become videos by themselves."`
	List       listSheetsCommand      `cmd:"" help:"List the connected sheets."`
	Get        getSheetCommand        `cmd:"" help:"Tell all of a connected sheet."`
	Pause      pauseSheetCommand      `cmd:"" help:"Leave a connected sheet alone until it is resumed."`
	Resume     resumeSheetCommand     `cmd:"" help:"Watch a paused sheet again, and look at it now."`
	Disconnect disconnectSheetCommand `cmd:"" help:"Watch a spreadsheet no more. Its videos stay."`
}

type connectSheetCommand struct {
	clientFlags
	createFlags
}

// Run connects a spreadsheet.
func (c connectSheetCommand) Run(env *environment) error {
	job, err := c.job(env.ctx, c.clientFlags)
	if err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		s, err := cl.Sheets.CreateConnectedSheet(ctx, &schedulerv1.CreateConnectedSheetRequest{
			Parent: client.Project(c.Project), ConnectedSheet: &schedulerv1.ConnectedSheet{BulkJob: job}, RequestId: uuid.NewString(),
		})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(s)
		}
		return env.say(append(report.ConnectedSheet(s, env.zone), "see how it goes with: sheetreel sheets get "+path.Base(s.GetName()))...)
	})
}

type listSheetsCommand struct {
	clientFlags
	Limit int `help:"At most so many." default:"100"`
}

// Validate refuses a limit that lists nothing.
func (c listSheetsCommand) Validate() error { return checkLimit(c.Limit) }

// Run lists connected sheets.
func (c listSheetsCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		all, err := cl.ConnectedSheets(ctx, c.Project, c.Limit)
		if err != nil {
			return err
		}
		switch {
		case c.json():
			return env.document(&schedulerv1.ListConnectedSheetsResponse{ConnectedSheets: all})
		case len(all) == 0:
			return env.say("no connected sheets")
		}
		return env.say(report.ConnectedSheets(all, env.width(), env.zone)...)
	})
}

// connectedArg names a connected sheet.
type connectedArg struct {
	clientFlags
	Connected string `arg:"" name:"connected-sheet" help:"Its id, or a part of its id that no other has (the beginning or the end)."`
}

// tell does something with the named connected sheet, and tells how it is then.
func (c connectedArg) tell(env *environment, do func(context.Context, *client.Client, string) (*schedulerv1.ConnectedSheet, error)) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.ResolveConnectedSheet(ctx, c.Project, c.Connected)
		if err != nil {
			return err
		}
		s, err := do(ctx, cl, name)
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(s)
		}
		return env.say(report.ConnectedSheet(s, env.zone)...)
	})
}

type getSheetCommand struct{ connectedArg }

// Run tells of a connected sheet.
func (c getSheetCommand) Run(env *environment) error {
	return c.tell(env, func(ctx context.Context, cl *client.Client, name string) (*schedulerv1.ConnectedSheet, error) {
		return cl.Sheets.GetConnectedSheet(ctx, &schedulerv1.GetConnectedSheetRequest{Name: name})
	})
}

type pauseSheetCommand struct{ connectedArg }

// Run pauses a connected sheet.
func (c pauseSheetCommand) Run(env *environment) error {
	return c.tell(env, func(ctx context.Context, cl *client.Client, name string) (*schedulerv1.ConnectedSheet, error) {
		return cl.Sheets.PauseConnectedSheet(ctx, &schedulerv1.PauseConnectedSheetRequest{Name: name, RequestId: uuid.NewString()})
	})
}

type resumeSheetCommand struct{ connectedArg }

// Run resumes a connected sheet.
func (c resumeSheetCommand) Run(env *environment) error {
	return c.tell(env, func(ctx context.Context, cl *client.Client, name string) (*schedulerv1.ConnectedSheet, error) {
		return cl.Sheets.ResumeConnectedSheet(ctx, &schedulerv1.ResumeConnectedSheetRequest{Name: name, RequestId: uuid.NewString()})
	})
}

type disconnectSheetCommand struct{ connectedArg }

// Run disconnects a spreadsheet.
func (c disconnectSheetCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.ResolveConnectedSheet(ctx, c.Project, c.Connected)
		if err != nil {
			return err
		}
		reply, err := cl.Sheets.DeleteConnectedSheet(ctx, &schedulerv1.DeleteConnectedSheetRequest{Name: name, RequestId: uuid.NewString()})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(reply)
		}
		return env.say("disconnected " + path.Base(name))
	})
}
