package main

import (
	"fmt"
	"os/user"
	"strings"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// limitsCommands work on rate limits.
type limitsCommands struct {
	List     listLimitsCommand     `cmd:"" help:"List the limits in force."`
	Get      getLimitCommand       `cmd:"" help:"Show a limit with its overrides."`
	Set      setLimitCommand       `cmd:"" help:"Make a limit, or change it; what is not given stays."`
	Delete   deleteLimitCommand    `cmd:"" help:"Delete a limit that was made or changed here; that of the file is in force again."`
	Override overrideCommands      `cmd:"" help:"Give other numbers to a user or a project."`
	Explain  explainCommand        `cmd:"" help:"Tell which limits count a call, and whether it would be granted now."`
	Usage    usageCommand          `cmd:"" help:"List what is used of the limits."`
	History  limitsHistoryCommand  `cmd:"" help:"List who changed what, the newest first."`
	Rollback rollbackLimitsCommand `cmd:"" help:"Take back what was changed here after a revision."`
}

// limitArg names a limit.
type limitArg struct {
	Limit string `arg:"" help:"Its name, such as dispatch-per-user."`
}

// resource is the name of the limit in the API, whichever way it was given.
func (a limitArg) resource() string { return "limits/" + strings.TrimPrefix(a.Limit, "limits/") }

// changeFlags are those of all commands that change limits.
type changeFlags struct {
	Check bool   `help:"Only tell what would be done, and who would be over it."`
	Actor string `help:"Who asks, for the history; the user of this machine when empty." placeholder:"NAME"`
}

func (c changeFlags) actor() string {
	if c.Actor != "" {
		return c.Actor
	}
	who, err := user.Current()
	if err != nil {
		return "" // nobody knows
	}
	return who.Username
}

// done is what was done, or would be.
func (c changeFlags) done(text string) string {
	if c.Check {
		return "would be " + text
	}
	return text
}

// pair is a descriptor with its value.
type pair struct{ name, value string }

// UnmarshalText reads NAME=VALUE.
func (p *pair) UnmarshalText(text []byte) error {
	var ok bool
	if p.name, p.value, ok = strings.Cut(string(text), "="); !ok || p.name == "" || p.value == "" {
		return fmt.Errorf("%q is not NAME=VALUE, such as project=demo", text)
	}
	return nil
}

func mapOf(pairs []pair) map[string]string {
	all := map[string]string{}
	for _, p := range pairs {
		all[p.name] = p.value
	}
	return all
}

type listLimitsCommand struct{ clientFlags }

// Run lists limits.
func (c listLimitsCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		all, err := cl.AllLimits(ctx)
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(all)
		}
		lines := report.Limits(all.GetLimits(), env.width())
		if all.GetFileError() != "" {
			lines = append(lines, "", "The file of limits as it is now is not in force: "+all.GetFileError())
		}
		return env.say(lines...)
	})
}

type getLimitCommand struct {
	clientFlags
	limitArg
}

// Run shows a limit.
func (c getLimitCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		limit, err := cl.Limits.GetLimit(ctx, &ratelimitv1.GetLimitRequest{Name: c.resource()})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(limit)
		}
		overrides, err := cl.LimitOverrides(ctx, c.resource())
		if err != nil {
			return err
		}
		return env.say(report.Limit(limit, overrides, env.width(), env.zone)...)
	})
}
