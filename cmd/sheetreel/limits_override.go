package main

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// overrideCommands work on the overrides of a limit.
type overrideCommands struct {
	Set    setOverrideCommand    `cmd:"" help:"Make an override, or change it; what is not given stays."`
	Delete deleteOverrideCommand `cmd:"" help:"Delete an override that was made or changed here."`
}

// overrideArg names an override of a limit.
type overrideArg struct {
	limitArg
	Override string `arg:"" help:"Its name, such as ada."`
}

func (a overrideArg) resource() string { return a.limitArg.resource() + "/overrides/" + a.Override }

type setOverrideCommand struct {
	clientFlags
	overrideArg
	changeFlags
	For      []pair         `help:"For whom: some or all keys of the limit, such as project=demo,user=ada." placeholder:"NAME=VALUE"`
	Capacity *int32         `help:"How many; 0 for as many as the limit." placeholder:"N"`
	Period   *time.Duration `help:"In which time; 0s for that of the limit." placeholder:"TIME"`
	Until    *time.Time     `help:"When it ends, such as 2027-01-31T00:00:00Z." placeholder:"TIME" xor:"end"`
	Lasting  *time.Duration `help:"When it ends, from now, such as 24h." placeholder:"TIME" xor:"end"`
	Reason   *string        `help:"Why, for people." placeholder:"TEXT"`
}

// wanted are the fields that were given.
func (c setOverrideCommand) wanted(now time.Time) (*ratelimitv1.LimitOverride, []string) {
	o := &ratelimitv1.LimitOverride{Name: c.resource()}
	var fields []string
	given := func(is bool, field string, set func()) {
		if is {
			fields = append(fields, field)
			set()
		}
	}
	given(c.For != nil, "values", func() { o.Values = mapOf(c.For) })
	given(c.Capacity != nil, "capacity", func() { o.Capacity = *c.Capacity })
	given(c.Period != nil, "period", func() { o.Period = durationpb.New(*c.Period) })
	given(c.Until != nil, "expire_time", func() { o.ExpireTime = timestamppb.New(*c.Until) })
	given(c.Lasting != nil, "expire_time", func() { o.ExpireTime = timestamppb.New(now.Add(*c.Lasting)) })
	given(c.Reason != nil, "reason", func() { o.Reason = *c.Reason })
	return o, fields
}

// Run changes an override, or makes it when there is none.
func (c setOverrideCommand) Run(env *environment) error {
	wanted, fields := c.wanted(time.Now())
	if len(fields) == 0 {
		return errors.New("say what to set, such as --for project=demo --capacity 100")
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
		lines := append([]string{c.done(verb)}, report.Overrides([]*ratelimitv1.LimitOverride{set}, env.width(), env.zone)...)
		return env.say(append(lines, report.Effect(set.GetEffect())...)...)
	})
}

func (c setOverrideCommand) set(ctx context.Context, cl *client.Client, wanted *ratelimitv1.LimitOverride, fields []string) (*ratelimitv1.LimitOverride, string, error) {
	set, err := cl.Limits.UpdateLimitOverride(ctx, &ratelimitv1.UpdateLimitOverrideRequest{
		Override: wanted, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}, RequestId: uuid.NewString(), ValidateOnly: c.Check, Actor: c.actor(),
	})
	if status.Code(err) != codes.NotFound {
		return set, "changed", err
	}
	set, err = cl.Limits.CreateLimitOverride(ctx, &ratelimitv1.CreateLimitOverrideRequest{
		Parent: c.limitArg.resource(), Override: wanted, OverrideId: c.Override, RequestId: uuid.NewString(), ValidateOnly: c.Check, Actor: c.actor(),
	})
	return set, "made", err
}

type deleteOverrideCommand struct {
	clientFlags
	overrideArg
	changeFlags
}

// Run deletes an override.
func (c deleteOverrideCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		reply, err := cl.Limits.DeleteLimitOverride(ctx, &ratelimitv1.DeleteLimitOverrideRequest{
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
