package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

// manyBound is how long it may take to replay or purge many dead letters.
const manyBound = 80 * time.Second

type replayCommand struct {
	clientFlags
	letterFlags
	DeadLetter string `arg:"" optional:"" name:"dead-letter" help:"One dead letter: its id, or a part of its id that no other has."`
	Idea       string `help:"JSON file with the idea to make instead, as in the idea of: sheetreel dlq show -o json." type:"existingfile" placeholder:"FILE"`
	All        bool   `help:"Replay those of every class and bulk job."`
	Max        int32  `help:"Replay at most so many, the oldest first." default:"1000"`
}

// Validate refuses what is neither one nor many.
func (c replayCommand) Validate() error {
	many := c.All || c.any()
	switch {
	case c.DeadLetter == "" && !many:
		return errors.New("say which: a dead letter, --class, --batch or --all")
	case c.DeadLetter != "" && many:
		return errors.New("a dead letter does not go with --class, --batch or --all")
	case c.Idea != "" && many:
		return errors.New("--idea goes with one dead letter only")
	case c.All && c.any():
		return errors.New("--all does not go with --class or --batch")
	case c.Max < 1 || c.Max > 10000:
		return fmt.Errorf("--max %d: must be between 1 and 10000", c.Max)
	}
	return nil
}

// Run replays dead letters.
func (c replayCommand) Run(env *environment) error {
	if c.DeadLetter == "" {
		return c.with(func(cl *client.Client) error { return c.many(env, cl) })
	}
	idea, err := c.idea()
	if err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.ResolveDeadLetter(ctx, c.Project, c.DeadLetter)
		if err != nil {
			return err
		}
		video, err := cl.Scheduler.ReplayDeadLetter(ctx, &schedulerv1.ReplayDeadLetterRequest{Name: name, Idea: idea, RequestId: uuid.NewString()})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(video)
		}
		return env.say(fmt.Sprintf("row %d is now: %s", video.GetIdea().GetRowNumber(), progress.StateWord(video.GetState())))
	})
}

// idea reads the idea to make instead, if there is one.
func (c replayCommand) idea() (*ingestv1.Idea, error) {
	if c.Idea == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(c.Idea)
	if err != nil {
		return nil, err
	}
	idea := &ingestv1.Idea{}
	if err := protojson.Unmarshal(raw, idea); err != nil {
		return nil, fmt.Errorf("%s: %w", path.Base(c.Idea), err)
	}
	return idea, nil
}

func (c replayCommand) many(env *environment, cl *client.Client) error {
	ctx, cancel := context.WithTimeout(env.ctx, manyBound)
	defer cancel()
	bulkJob, err := c.bulkJob(ctx, cl, c.Project)
	if err != nil {
		return err
	}
	reply, err := cl.Scheduler.ReplayDeadLetters(ctx, &schedulerv1.ReplayDeadLettersRequest{
		Parent: client.Project(c.Project), FailureClass: c.Class.FailureClass, BulkJob: bulkJob, MaxCount: c.Max, RequestId: uuid.NewString(),
	})
	if err != nil {
		return err
	}
	if c.json() {
		return env.document(reply)
	}
	return env.say(fmt.Sprintf("%d queued again", reply.GetReplayedCount()))
}

type purgeCommand struct {
	clientFlags
	letterFlags
	OlderThan time.Duration `help:"Only those that gave up so long ago, such as 72h." placeholder:"DURATION"`
	All       bool          `help:"Remove those of every class, bulk job and age."`
}

// Validate refuses to remove everything unless that is said.
func (c purgeCommand) Validate() error {
	some := c.any() || c.OlderThan != 0
	switch {
	case !c.All && !some:
		return errors.New("say which: --class, --batch, --older-than or --all")
	case c.All && some:
		return errors.New("--all does not go with --class, --batch or --older-than")
	case c.OlderThan < 0:
		return fmt.Errorf("--older-than %v: must not be negative", c.OlderThan)
	}
	return nil
}

// Run removes dead letters.
func (c purgeCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := context.WithTimeout(env.ctx, manyBound)
		defer cancel()
		bulkJob, err := c.bulkJob(ctx, cl, c.Project)
		if err != nil {
			return err
		}
		in := &schedulerv1.PurgeDeadLettersRequest{
			Parent: client.Project(c.Project), FailureClass: c.Class.FailureClass, BulkJob: bulkJob, RequestId: uuid.NewString(),
		}
		if c.OlderThan > 0 {
			in.BeforeTime = timestamppb.New(time.Now().Add(-c.OlderThan))
		}
		reply, err := cl.Scheduler.PurgeDeadLetters(ctx, in)
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(reply)
		}
		return env.say(fmt.Sprintf("%d removed; their videos stay failed", reply.GetPurgedCount()))
	})
}
