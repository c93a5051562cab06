package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const (
	hookID   = "01935c7a-0000-7000-8000-000000000e01"
	hookName = "projects/default/webhookEndpoints/" + hookID
	sentID   = "01935c7a-0000-7000-8000-000000000d03"
	sentName = hookName + "/deliveries/" + sentID
)

// withWebhooks is a server with two endpoints; one has two deliveries, of which the newest was sent by a test.
func withWebhooks(t *testing.T) *bundle {
	t.Helper()
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	at := func(minutes int) *timestamppb.Timestamp {
		return timestamppb.New(time.Date(2026, 11, 24, 9, minutes, 0, 0, time.UTC))
	}
	b.fake.Hooks = []*schedulerv1.WebhookEndpoint{
		{Name: hookName, Url: "https://example.com/a", DisplayName: "CRM", State: schedulerv1.WebhookEndpoint_ENABLED},
		{
			Name: "projects/default/webhookEndpoints/01935c7a-0000-7000-8000-000000000e02", Url: "https://example.com/b", EventTypes: []string{"bulk_job.failed"},
			State: schedulerv1.WebhookEndpoint_DISABLED, DisableReason: schedulerv1.WebhookEndpoint_GONE,
		},
	}
	b.fake.Sent = []*schedulerv1.WebhookDelivery{
		{
			Name: sentName, EventType: "webhook_endpoint.test", State: schedulerv1.WebhookDelivery_DELIVERED,
			AttemptCount: 1, LastStatus: 204, CreateTime: at(3), EndTime: at(4),
		},
		{
			Name: hookName + "/deliveries/01935c7a-0000-7000-8000-000000000d02", EventType: "video_job.failed", State: schedulerv1.WebhookDelivery_PENDING,
			AttemptCount: 2, LastStatus: 500, LastError: "HTTP 500 Internal\nServer Error", CreateTime: at(1), NextAttemptTime: at(6),
		},
	}
	return b
}

func TestWebhooksAsTables(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"list": {[]string{"list"}, `endpoint                              state           name  events           url
01935c7a-0000-7000-8000-000000000e01  enabled         CRM   all              https://example.com/a
01935c7a-0000-7000-8000-000000000e02  disabled: gone        bulk_job.failed  https://example.com/b
`},
		"create": {[]string{"create", "https://example.com/new"}, `endpoint  01935c7a-0000-7000-8000-000000000e01
url       https://example.com/new
secret    whsec_c2VjcmV0
The secret is not shown again.
`},
		"delete": {[]string{"delete", "0e01"}, "deleted " + hookID + "\n"},
		"test":   {[]string{"test", "0e01"}, "taken: HTTP 204\n"},
		"deliveries": {[]string{"deliveries", "0e01"}, `delivery                              happened             event                  state      tries  next try             answer
01935c7a-0000-7000-8000-000000000d03  2026-11-24 09:03:00  webhook_endpoint.test  delivered      1                       HTTP 204
01935c7a-0000-7000-8000-000000000d02  2026-11-24 09:01:00  video_job.failed       pending        2  2026-11-24 09:06:00  HTTP 500 Internal Server Error
`},
		"deliveries in a state": {[]string{"deliveries", hookID, "--state", "delivered", "-o", "json"}, `{
  "webhookDeliveries": [
    {
      "name": "` + sentName + `",
      "eventType": "webhook_endpoint.test",
      "state": "DELIVERED",
      "attemptCount": 1,
      "lastStatus": 204,
      "createTime": "2026-11-24T09:03:00Z",
      "endTime": "2026-11-24T09:04:00Z"
    }
  ]
}
`},
		"no deliveries": {[]string{"deliveries", "0e02"}, "no deliveries\n"},
		"replay":        {[]string{"replay", "0e01", "0d02"}, "video_job.failed is on its way again\n"},
		"replay many":   {[]string{"replay", "0e01", "--failed"}, "3 on their way again\n"},
	} {
		t.Run(name, func(t *testing.T) {
			b := withWebhooks(t)
			if code := b.run(append([]string{"webhooks"}, test.args...)...); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &b.stderr)
			}
			if diff := cmp.Diff(test.want, b.stdout.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTestThatIsNotTaken(t *testing.T) {
	for _, output := range []string{"text", "json"} {
		t.Run(output, func(t *testing.T) {
			b := withWebhooks(t)
			b.fake.Sent[0].State, b.fake.Sent[0].LastError = schedulerv1.WebhookDelivery_PENDING, "no answer within 15 s"
			if code := b.run("webhooks", "test", hookID, "-o", output); code != exitError {
				t.Errorf("exit code %d, want %d", code, exitError)
			}
			if all := b.stdout.String() + b.stderr.String(); !strings.Contains(all, "no answer within 15 s") {
				t.Errorf("output %q does not say why", all)
			}
		})
	}
}

func TestWebhooksAsRequests(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want proto.Message
	}{
		"create": {
			[]string{"create", "https://example.com/new", "--name", "CRM", "--events", "bulk_job.completed,video_job.failed"},
			&schedulerv1.CreateWebhookEndpointRequest{Parent: "projects/default", WebhookEndpoint: &schedulerv1.WebhookEndpoint{
				Url: "https://example.com/new", DisplayName: "CRM", EventTypes: []string{"bulk_job.completed", "video_job.failed"},
			}},
		},
		"delete":      {[]string{"delete", "0e01"}, &schedulerv1.DeleteWebhookEndpointRequest{Name: hookName}},
		"test":        {[]string{"test", hookName}, &schedulerv1.TestWebhookEndpointRequest{Name: hookName}},
		"replay":      {[]string{"replay", "0e01", sentID}, &schedulerv1.ReplayWebhookDeliveryRequest{Name: sentName}},
		"replay many": {[]string{"replay", "0e01", "--failed", "--max", "7"}, &schedulerv1.ReplayWebhookDeliveriesRequest{Parent: hookName, MaxCount: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			b := withWebhooks(t)
			if code := b.run(append([]string{"webhooks"}, test.args...)...); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &b.stderr)
			}
			all := b.fake.Requests()
			got := all[len(all)-1]
			id := got.ProtoReflect().Descriptor().Fields().ByName("request_id")
			if got.ProtoReflect().Get(id).String() == "" {
				t.Error("the request has no id")
			}
			got.ProtoReflect().Clear(id)
			if diff := cmp.Diff(test.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongUseOfWebhooks(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"an unknown event":      {[]string{"create", "https://example.com", "--events", "video_job.began"}, exitUsage, "not one of [video_job.completed"},
		"an unknown state":      {[]string{"deliveries", "0e01", "--state", "lost"}, exitUsage, "not pending, delivered or failed"},
		"a limit of none":       {[]string{"list", "--limit", "0"}, exitUsage, "must be 1 or more"},
		"replay of nothing":     {[]string{"replay", "0e01"}, exitUsage, "say which"},
		"replay of both":        {[]string{"replay", "0e01", "0d02", "--failed"}, exitUsage, "say which"},
		"replay of one since":   {[]string{"replay", "0e01", "0d02", "--since", "1h"}, exitUsage, "--failed only"},
		"replay since tomorrow": {[]string{"replay", "0e01", "--failed", "--since=-1h"}, exitUsage, "must not be negative"},
		"too many":              {[]string{"replay", "0e01", "--failed", "--max", "10001"}, exitUsage, "between 1 and 10000"},
		"no such endpoint":      {[]string{"test", "ffff"}, exitError, "sheetreel webhooks list"},
		"several":               {[]string{"delete", "01935c7a"}, exitError, "give more of the id"},
		"no such delivery":      {[]string{"replay", "0e01", "ffff"}, exitError, "sheetreel webhooks deliveries"},
	} {
		t.Run(name, func(t *testing.T) {
			b := withWebhooks(t)
			if code := b.run(append([]string{"webhooks"}, test.args...)...); code != test.code || !strings.Contains(b.stderr.String(), test.want) {
				t.Errorf("exit code %d, %q; want %d, %q", code, &b.stderr, test.code, test.want)
			}
		})
	}
}
