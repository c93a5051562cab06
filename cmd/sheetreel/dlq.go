package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// dlqCommands work on dead letters.
type dlqCommands struct {
	List   listLettersCommand `cmd:"" help:"List the newest dead letters."`
	Show   showLetterCommand  `cmd:"" help:"Show a dead letter with every attempt."`
	Replay replayCommand      `cmd:"" help:"Try dead letters again: one, perhaps with another idea, or many."`
	Purge  purgeCommand       `cmd:"" help:"Remove dead letters; their videos stay failed."`
}

// class is a class of failure; empty means every one.
type class struct{ schedulerv1.FailureClass }

// UnmarshalText reads a class as people write it.
func (c *class) UnmarshalText(text []byte) error {
	var known []string
	for number := int32(1); schedulerv1.FailureClass_name[number] != ""; number++ {
		c.FailureClass = schedulerv1.FailureClass(number)
		word := report.ClassWord(c.FailureClass)
		if strings.EqualFold(strings.ReplaceAll(string(text), "_", "-"), word) {
			return nil
		}
		known = append(known, word)
	}
	return fmt.Errorf("%q is not one of %s", text, strings.Join(known, ", "))
}

// letterFlags say which dead letters are meant.
type letterFlags struct {
	Class class  `help:"Only of this class of failure, such as permanent or invalid-idea." placeholder:"CLASS"`
	Batch string `help:"Only of this bulk job: its name, its id, a part of its id, or: latest." placeholder:"BULK-JOB"`
}

func (f letterFlags) any() bool { return f.Class.FailureClass != 0 || f.Batch != "" }

// bulkJob finds the bulk job that is meant; empty for every one.
func (f letterFlags) bulkJob(ctx context.Context, cl *client.Client, project string) (string, error) {
	if f.Batch == "" {
		return "", nil
	}
	return cl.Resolve(ctx, project, f.Batch)
}

type listLettersCommand struct {
	clientFlags
	letterFlags
	Limit int `help:"At most so many." default:"20"`
}

// Validate refuses a limit that lists nothing.
func (c listLettersCommand) Validate() error { return checkLimit(c.Limit) }

func checkLimit(limit int) error {
	if limit < 1 {
		return fmt.Errorf("--limit %d: must be 1 or more", limit)
	}
	return nil
}

// Run lists dead letters.
func (c listLettersCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		bulkJob, err := c.bulkJob(ctx, cl, c.Project)
		if err != nil {
			return err
		}
		letters, err := cl.DeadLetters(ctx, &schedulerv1.ListDeadLettersRequest{
			Parent: client.Project(c.Project), FailureClass: c.Class.FailureClass, BulkJob: bulkJob,
		}, c.Limit)
		if err != nil {
			return err
		}
		if !c.json() {
			if len(letters) == 0 {
				return env.say("no dead letters")
			}
			return env.say(report.DeadLetters(letters, env.width(), env.zone)...)
		}
		list := []json.RawMessage{}
		for _, letter := range letters {
			raw, err := message(letter)
			if err != nil {
				return err
			}
			list = append(list, raw)
		}
		return env.document(map[string]any{"deadLetters": list})
	})
}

type showLetterCommand struct {
	clientFlags
	DeadLetter string `arg:"" name:"dead-letter" help:"Its id, or a part of its id that no other has (the beginning or the end)."`
}

// Run shows a dead letter.
func (c showLetterCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.ResolveDeadLetter(ctx, c.Project, c.DeadLetter)
		if err != nil {
			return err
		}
		letter, err := cl.Scheduler.GetDeadLetter(ctx, &schedulerv1.GetDeadLetterRequest{Name: name})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(letter)
		}
		return env.say(report.DeadLetter(letter, env.zone)...)
	})
}
