package main

import (
	"strings"

	"github.com/google/uuid"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

type explainCommand struct {
	clientFlags
	Call []pair `arg:"" help:"What the call is about, such as action=render.dispatch project=demo user=ada." placeholder:"NAME=VALUE"`
	Cost int32  `help:"How much it counts." default:"1"`
	All  bool   `help:"Also tell why the other limits do not count it."`
}

// Run explains what would be answered to a call.
func (c explainCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		explained, err := cl.Limits.ExplainQuota(ctx, &ratelimitv1.ExplainQuotaRequest{Descriptors: mapOf(c.Call), Cost: c.Cost})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(explained)
		}
		return env.say(report.Explanation(explained, c.All, env.width())...)
	})
}

type usageCommand struct {
	clientFlags
	User  string `help:"Only of this user." placeholder:"USER"`
	Of    string `help:"Only of this limit." placeholder:"LIMIT"`
	All   bool   `help:"Of all projects, and of what is of no project."`
	Limit int    `help:"At most so many." default:"50"`
}

// Validate refuses a limit that lists nothing.
func (c usageCommand) Validate() error { return checkLimit(c.Limit) }

// Run lists what is used.
func (c usageCommand) Run(env *environment) error {
	request := &ratelimitv1.ListUsageRequest{User: c.User, Project: c.Project}
	if c.All {
		request.Project = ""
	}
	if c.Of != "" {
		request.Limit = "limits/" + strings.TrimPrefix(c.Of, "limits/")
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		used, err := cl.Usage(ctx, request, c.Limit)
		if err != nil {
			return err
		}
		switch {
		case c.json():
			return env.document(&ratelimitv1.ListUsageResponse{Usage: used})
		case len(used) == 0:
			return env.say("nothing is used now")
		}
		return env.say(report.Usage(used, env.width())...)
	})
}

type limitsHistoryCommand struct {
	clientFlags
	Limit int `help:"At most so many." default:"20"`
}

// Validate refuses a limit that lists nothing.
func (c limitsHistoryCommand) Validate() error { return checkLimit(c.Limit) }

// Run lists who changed what.
func (c limitsHistoryCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		revisions, err := cl.LimitRevisions(ctx, c.Limit)
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(&ratelimitv1.ListLimitRevisionsResponse{LimitRevisions: revisions})
		}
		return env.say(report.LimitRevisions(revisions, env.width(), env.zone)...)
	})
}

type rollbackLimitsCommand struct {
	clientFlags
	changeFlags
	Revision string `arg:"" help:"The revision to go back to, a number of the history."`
}

// Run takes changes back.
func (c rollbackLimitsCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		reply, err := cl.Limits.RollbackLimits(ctx, &ratelimitv1.RollbackLimitsRequest{
			Revision: "limitRevisions/" + c.Revision, RequestId: uuid.NewString(), ValidateOnly: c.Check, Actor: c.actor(),
		})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(reply)
		}
		lines := []string{c.done(reply.GetRevision().GetDescription())}
		for _, change := range reply.GetRevision().GetChanges() {
			lines = append(lines, "  "+strings.TrimPrefix(change.GetTarget(), "limits/"))
		}
		return env.say(lines...)
	})
}
