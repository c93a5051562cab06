package main

import (
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/google/uuid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook/notice"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// webhooksCommands work on webhook endpoints.
type webhooksCommands struct {
	List       listWebhooksCommand   `cmd:"" help:"List the endpoints."`
	Create     createWebhookCommand  `cmd:"" help:"Make an endpoint, and show its secret, this once."`
	Delete     deleteWebhookCommand  `cmd:"" help:"Delete an endpoint, with what is on its way to it."`
	Test       testWebhookCommand    `cmd:"" help:"Send a test to an endpoint, and tell its answer."`
	Deliveries deliveriesCommand     `cmd:"" help:"List what was sent to an endpoint, the newest first."`
	Replay     replayWebhooksCommand `cmd:"" help:"Send again: one delivery, or those that failed."`
}

// eventType is what an endpoint may hear of.
type eventType string

// UnmarshalText refuses what nobody sends.
func (e *eventType) UnmarshalText(text []byte) error {
	if _, bad := notice.ParseSet([]string{string(text)}); len(bad) > 0 {
		return fmt.Errorf("%q is not one of %v", text, notice.All())
	}
	*e = eventType(text)
	return nil
}

// endpointArg names an endpoint.
type endpointArg struct {
	Endpoint string `arg:"" help:"Its id, or a part of its id that no other has (the beginning or the end)."`
}

type listWebhooksCommand struct {
	clientFlags
	Limit int `help:"At most so many." default:"20"`
}

// Validate refuses a limit that lists nothing.
func (c listWebhooksCommand) Validate() error { return checkLimit(c.Limit) }

// Run lists endpoints.
func (c listWebhooksCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		all, err := cl.WebhookEndpoints(ctx, c.Project, c.Limit)
		if err != nil {
			return err
		}
		switch {
		case c.json():
			return env.document(&schedulerv1.ListWebhookEndpointsResponse{WebhookEndpoints: all})
		case len(all) == 0:
			return env.say("no webhook endpoints")
		}
		return env.say(report.Webhooks(all, env.width(), env.zone)...)
	})
}

type createWebhookCommand struct {
	clientFlags
	URL    string      `arg:"" name:"url" help:"Where to send to: https, a public address."`
	Name   string      `help:"A name for people." placeholder:"TEXT"`
	Events []eventType `help:"Only these, such as bulk_job.completed,video_job.failed." placeholder:"EVENT"`
}

// Run makes an endpoint.
func (c createWebhookCommand) Run(env *environment) error {
	wanted := &schedulerv1.WebhookEndpoint{Url: c.URL, DisplayName: c.Name}
	for _, e := range c.Events {
		wanted.EventTypes = append(wanted.EventTypes, string(e))
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		e, err := cl.Webhooks.CreateWebhookEndpoint(ctx, &schedulerv1.CreateWebhookEndpointRequest{
			Parent: client.Project(c.Project), WebhookEndpoint: wanted, RequestId: uuid.NewString(),
		})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(e)
		}
		lines := []string{"endpoint  " + path.Base(e.GetName()), "url       " + columns.Clean(e.GetUrl())}
		for _, secret := range e.GetSecrets() {
			lines = append(lines, "secret    "+secret)
		}
		return env.say(append(lines, "The secret is not shown again.")...)
	})
}

type deleteWebhookCommand struct {
	clientFlags
	endpointArg
}

// Run deletes an endpoint.
func (c deleteWebhookCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.ResolveWebhookEndpoint(ctx, c.Project, c.Endpoint)
		if err != nil {
			return err
		}
		reply, err := cl.Webhooks.DeleteWebhookEndpoint(ctx, &schedulerv1.DeleteWebhookEndpointRequest{Name: name, RequestId: uuid.NewString()})
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(reply)
		}
		return env.say("deleted " + path.Base(name))
	})
}

type testWebhookCommand struct {
	clientFlags
	endpointArg
}

// testPoll is how often it is looked whether a test was sent.
const testPoll = 250 * time.Millisecond

// Run sends a test and waits for the first answer.
func (c testWebhookCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.ResolveWebhookEndpoint(ctx, c.Project, c.Endpoint)
		if err != nil {
			return err
		}
		d, err := cl.Webhooks.TestWebhookEndpoint(ctx, &schedulerv1.TestWebhookEndpointRequest{Name: name, RequestId: uuid.NewString()})
		for err == nil && d.GetState() == schedulerv1.WebhookDelivery_PENDING && d.GetAttemptCount() == 0 {
			select {
			case <-time.After(testPoll):
			case <-ctx.Done():
				return fmt.Errorf("the test %s was not sent within %v; see: sheetreel webhooks deliveries", path.Base(d.GetName()), callBound)
			}
			d, err = cl.Webhooks.GetWebhookDelivery(ctx, &schedulerv1.GetWebhookDeliveryRequest{Name: d.GetName()})
		}
		if err != nil {
			return err
		}
		taken := d.GetState() == schedulerv1.WebhookDelivery_DELIVERED
		switch {
		case c.json():
			if err := env.document(d); err != nil || taken {
				return err
			}
			return exitCode(exitError)
		case taken:
			return env.say("taken: " + report.Answer(d))
		}
		return errors.New("not taken: " + report.Answer(d))
	})
}
