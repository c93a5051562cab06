package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// deliveryState is the state of a delivery; empty means every one.
type deliveryState struct {
	schedulerv1.WebhookDelivery_State
}

// UnmarshalText reads a state as people write it.
func (s *deliveryState) UnmarshalText(text []byte) error {
	known := []schedulerv1.WebhookDelivery_State{
		schedulerv1.WebhookDelivery_PENDING, schedulerv1.WebhookDelivery_DELIVERED, schedulerv1.WebhookDelivery_FAILED,
	}
	i := slices.IndexFunc(known, func(k schedulerv1.WebhookDelivery_State) bool {
		return report.DeliveryState(&schedulerv1.WebhookDelivery{State: k}) == string(text)
	})
	if i < 0 {
		return fmt.Errorf("%q is not pending, delivered or failed", text)
	}
	s.WebhookDelivery_State = known[i]
	return nil
}

type deliveriesCommand struct {
	clientFlags
	endpointArg
	State deliveryState `help:"Only those that are pending, delivered or failed." placeholder:"STATE"`
	Limit int           `help:"At most so many." default:"20"`
}

// Validate refuses a limit that lists nothing.
func (c deliveriesCommand) Validate() error { return checkLimit(c.Limit) }

// Run lists deliveries.
func (c deliveriesCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.ResolveWebhookEndpoint(ctx, c.Project, c.Endpoint)
		if err != nil {
			return err
		}
		all, err := cl.WebhookDeliveries(ctx, name, c.State.WebhookDelivery_State, c.Limit)
		if err != nil {
			return err
		}
		switch {
		case c.json():
			return env.document(&schedulerv1.ListWebhookDeliveriesResponse{WebhookDeliveries: all})
		case len(all) == 0:
			return env.say("no deliveries")
		}
		return env.say(report.Deliveries(all, env.width(), env.zone)...)
	})
}

type replayWebhooksCommand struct {
	clientFlags
	endpointArg
	Delivery string        `arg:"" optional:"" help:"One delivery, whatever became of it: its id (webhook-id), or a part of its id that no other has."`
	Failed   bool          `help:"Send all that failed, the oldest first."`
	Since    time.Duration `help:"With --failed: only events that happened since then, such as 24h." placeholder:"DURATION"`
	Max      int32         `help:"With --failed: at most so many." default:"1000"`
}

// Validate refuses what is neither one nor many.
func (c replayWebhooksCommand) Validate() error {
	switch {
	case (c.Delivery != "") == c.Failed:
		return errors.New("say which: a delivery or --failed")
	case c.Since != 0 && !c.Failed:
		return errors.New("--since goes with --failed only")
	case c.Since < 0:
		return fmt.Errorf("--since %v: must not be negative", c.Since)
	case c.Max < 1 || c.Max > 10000:
		return fmt.Errorf("--max %d: must be between 1 and 10000", c.Max)
	}
	return nil
}

// Run sends again.
func (c replayWebhooksCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		endpoint, err := cl.ResolveWebhookEndpoint(ctx, c.Project, c.Endpoint)
		if err != nil {
			return err
		}
		if c.Failed {
			in := &schedulerv1.ReplayWebhookDeliveriesRequest{Parent: endpoint, MaxCount: c.Max, RequestId: uuid.NewString()}
			if c.Since > 0 {
				in.SinceTime = timestamppb.New(time.Now().Add(-c.Since))
			}
			reply, err := cl.Webhooks.ReplayWebhookDeliveries(ctx, in)
			if err != nil {
				return err
			}
			if c.json() {
				return env.document(reply)
			}
			return env.say(fmt.Sprintf("%d on their way again", reply.GetReplayedCount()))
		}
		name, err := cl.ResolveWebhookDelivery(ctx, endpoint, c.Delivery)
		if err != nil {
			return err
		}
		d, err := cl.Webhooks.ReplayWebhookDelivery(ctx, &schedulerv1.ReplayWebhookDeliveryRequest{Name: name, RequestId: uuid.NewString()})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(d)
		}
		return env.say(d.GetEventType() + " is on its way again")
	})
}
