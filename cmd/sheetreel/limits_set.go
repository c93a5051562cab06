package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

type setLimitCommand struct {
	clientFlags
	limitArg
	changeFlags
	Match     []pair         `help:"Only calls with these, such as action=render.dispatch; * is any value." placeholder:"NAME=VALUE"`
	Keys      []string       `help:"Count apart for each value of these, such as project,user." placeholder:"NAME"`
	Algorithm string         `help:"How it counts." enum:",sliding_log,token_bucket,sliding_counter,calendar,concurrency" default:"" placeholder:"sliding_log|token_bucket|sliding_counter|calendar|concurrency"`
	Capacity  *int32         `help:"How many." placeholder:"N"`
	Period    *time.Duration `help:"In which time, such as 60s." placeholder:"TIME"`
	Unit      string         `help:"The period of a calendar." enum:",day,month" default:"" placeholder:"day|month"`
	TimeZone  string         `help:"The time zone of a calendar, such as Europe/Berlin." placeholder:"ZONE"`
	DryRun    *bool          `help:"Count, and refuse nothing." negatable:""`
	Outage    string         `help:"What happens while the counters cannot be reached." enum:",local_share,closed,open" default:"" placeholder:"local_share|closed|open"`
	Upstream  *capFlag       `help:"What the system behind allows, such as 300/60s; none for nothing." placeholder:"N/TIME"`
}

// capFlag is what an upstream allows; nil inside when it is none.
type capFlag struct{ *ratelimitv1.UpstreamCap }

// UnmarshalText reads 300/60s.
func (c *capFlag) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		return nil
	}
	capacity, period, _ := strings.Cut(string(text), "/")
	n, err := strconv.ParseInt(capacity, 10, 32)
	d, otherwise := time.ParseDuration(period)
	if err != nil || otherwise != nil {
		return fmt.Errorf("%q is not N/TIME, such as 300/60s", text)
	}
	c.UpstreamCap = &ratelimitv1.UpstreamCap{Capacity: int32(n), Period: durationpb.New(d)}
	return nil
}

// wanted are the fields that were given.
func (c setLimitCommand) wanted() (*ratelimitv1.Limit, []string) {
	l := &ratelimitv1.Limit{Name: c.resource()}
	var fields []string
	given := func(is bool, field string, set func()) {
		if is {
			fields = append(fields, field)
			set()
		}
	}
	given(c.Match != nil, "match", func() { l.Match = mapOf(c.Match) })
	given(c.Keys != nil, "keys", func() { l.Keys = c.Keys })
	given(c.Algorithm != "", "algorithm", func() {
		l.Algorithm = ratelimitv1.Limit_Algorithm(ratelimitv1.Limit_Algorithm_value[strings.ToUpper(c.Algorithm)])
	})
	given(c.Capacity != nil, "capacity", func() { l.Capacity = *c.Capacity })
	given(c.Period != nil, "period", func() { l.Period = durationpb.New(*c.Period) })
	given(c.Unit != "", "unit", func() { l.Unit = ratelimitv1.Limit_Unit(ratelimitv1.Limit_Unit_value[strings.ToUpper(c.Unit)]) })
	given(c.TimeZone != "", "time_zone", func() { l.TimeZone = c.TimeZone })
	given(c.DryRun != nil, "dry_run", func() { l.DryRun = *c.DryRun })
	given(c.Outage != "", "outage", func() {
		l.Outage = ratelimitv1.Limit_Outage(ratelimitv1.Limit_Outage_value[strings.ToUpper(c.Outage)])
	})
	given(c.Upstream != nil, "upstream", func() { l.Upstream = c.Upstream.UpstreamCap })
	return l, fields
}

// Run changes a limit, or makes it when there is none.
func (c setLimitCommand) Run(env *environment) error {
	wanted, fields := c.wanted()
	if len(fields) == 0 {
		return errors.New("say what to set, such as --capacity 100")
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		set, verb, err := c.set(ctx, cl, wanted, fields)
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(set)
		}
		return env.say(append([]string{c.done(verb) + ": " + report.Rate(set)}, report.Effect(set.GetEffect())...)...)
	})
}

func (c setLimitCommand) set(ctx context.Context, cl *client.Client, wanted *ratelimitv1.Limit, fields []string) (*ratelimitv1.Limit, string, error) {
	set, err := cl.Limits.UpdateLimit(ctx, &ratelimitv1.UpdateLimitRequest{
		Limit: wanted, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}, RequestId: uuid.NewString(), ValidateOnly: c.Check, Actor: c.actor(),
	})
	if status.Code(err) != codes.NotFound {
		return set, "changed", err
	}
	set, err = cl.Limits.CreateLimit(ctx, &ratelimitv1.CreateLimitRequest{
		Limit: wanted, LimitId: path.Base(wanted.GetName()), RequestId: uuid.NewString(), ValidateOnly: c.Check, Actor: c.actor(),
	})
	return set, "made", err
}

type deleteLimitCommand struct {
	clientFlags
	limitArg
	changeFlags
}

// Run deletes a limit.
func (c deleteLimitCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		reply, err := cl.Limits.DeleteLimit(ctx, &ratelimitv1.DeleteLimitRequest{
			Name: c.resource(), RequestId: uuid.NewString(), ValidateOnly: c.Check, Actor: c.actor(),
		})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(reply)
		}
		return env.say(c.done("deleted"))
	})
}
