package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/services/render/provider"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/screen"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/part"
)

// environment is what a command works with.
type environment struct {
	ctx            context.Context // ends on SIGINT and SIGTERM
	stdout, stderr io.Writer
	screen         screen.Screen // of stdout
	zone           *time.Location
	render         rendering
}

// rendering is what `up` and `demo` render with; the zero value means the real thing.
type rendering struct {
	provider provider.Provider
	probe    func(ctx context.Context, path string) (*renderv1.Media, error)
}

// cli is the tree of commands.
type cli struct {
	config.File
	Up             upCommand           `cmd:"" help:"Run all of Sheetreel in this process."`
	Demo           demoCommand         `cmd:"" help:"Render a sample sheet on this machine, without any account."`
	Batch          batchCommands       `cmd:"" help:"Make and steer bulk jobs: one sheet, many videos."`
	Watch          projectWatchCommand `cmd:"" help:"Follow everything that happens in a project."`
	Dlq            dlqCommands         `cmd:"" help:"Look at videos that gave up (the dead letter queue), and try them again."`
	Ideas          ideasCommands       `cmd:"" help:"Look at a sheet without submitting anything."`
	Costs          costsCommands       `cmd:"" help:"See what videos have cost, and limit it."`
	Limits         limitsCommands      `cmd:"" help:"See and change how much may happen in which time, and why something has to wait."`
	Webhooks       webhooksCommands    `cmd:"" help:"Let other systems hear when jobs end, and see what became of what was sent."`
	Sheets         sheetsCommands      `cmd:"" help:"Let Google spreadsheets be watched, so that edits become videos by themselves."`
	SheetsEmulator emulatorCommand     `cmd:"" help:"Serve local CSV files as Google Sheets does, for trials without a Google account."`
	Torture        tortureCommand      `cmd:"" help:"Kill, stop and restart everything on this machine, and check that no job is lost or made twice."`
	TorturePart    part.Commands       `cmd:"" hidden:""`
	Verify         verifyCommand       `cmd:"" help:"Make a finished video again from its manifest, and compare every byte."`
	Version        versionCommand      `cmd:"" help:"Print the version of this program."`
}

// Help is shown below the list of commands.
func (cli) Help() string {
	return `Exit codes:

  0    done; a watched batch has all its videos
  1    an error, which is written to standard error
  2    wrong usage
  3    a watched batch ended with failed videos, its sheet could not be read, checked rows have errors, or a video is not reproduced
  4    a watched batch was cancelled, or some of its videos were
  130  interrupted; a batch that was watched goes on

Every flag may also come from the environment (SHEETREEL_ and its name) and from a YAML file (--config).`
}

// Exit codes of the program.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitFailed      = 3
	exitCancelled   = 4
	exitInterrupted = 130
)

// exitCode is an error that only says how the program ends; everything was told already.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// execute runs the command that args name and returns the program's exit code.
func execute(args []string, env *environment) int {
	var root cli
	help := false
	options := append(config.Options("sheetreel", "Turn a sheet of video ideas into finished videos."),
		kong.Writers(env.stdout, env.stderr),
		kong.Exit(func(int) { help = true }),
		kong.DefaultEnvars("SHEETREEL"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Bind(env),
		kong.BindTo(env.ctx, (*context.Context)(nil)),
	)
	parser, err := kong.New(&root, options...)
	if err != nil {
		fmt.Fprintf(env.stderr, "sheetreel: %v\n", err)
		return exitError
	}
	command, err := parser.Parse(args)
	if help {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(env.stderr, "sheetreel: %v\n%s\n", err, usageHint(err))
		return exitUsage
	}
	return env.report(command.Run(env))
}

// usageHint names the help page of the command that was used wrongly.
func usageHint(err error) string {
	var parse *kong.ParseError
	words := []string{"sheetreel"}
	if errors.As(err, &parse) && parse.Context != nil {
		for node := parse.Context.Selected(); node != nil && node.Parent != nil; node = node.Parent {
			words = append(words[:1], append([]string{node.Name}, words[1:]...)...)
		}
	}
	return "see: " + strings.Join(words, " ") + " --help"
}

// report writes the error of a command, if any, and turns it into an exit code.
func (env *environment) report(err error) int {
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case env.ctx.Err() != nil:
		fmt.Fprintln(env.stderr, "sheetreel: interrupted")
		return exitInterrupted
	}
	server := ""
	if called := (*callError)(nil); errors.As(err, &called) {
		server, err = called.server, called.err
	}
	fmt.Fprintf(env.stderr, "sheetreel: %s\n", client.Explain(err, server))
	return exitError
}

// callError is an error of a call, with the server that was called.
type callError struct {
	server string
	err    error
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }
