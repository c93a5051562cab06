package gateway

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const endpointName = "projects/demo/webhookEndpoints/0199f0c2-0000-7000-8000-000000000001"

// A patch changes what its body holds.
func TestWebhookEndpointIsPatched(t *testing.T) {
	b := setup(t)
	r := b.do("PATCH", "/v1/"+endpointName, `{"displayName":"CRM","eventTypes":["bulk_job.failed"]}`, "Idempotency-Key", "abc")
	if r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", r.StatusCode, text(t, r))
	}
	want := &schedulerv1.UpdateWebhookEndpointRequest{
		RequestId: "abc", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name", "event_types"}},
		WebhookEndpoint: &schedulerv1.WebhookEndpoint{Name: endpointName, DisplayName: "CRM", EventTypes: []string{"bulk_job.failed"}},
	}
	if diff := cmp.Diff(want, b.scheduler.Last().Request, protocmp.Transform(), protocmp.SortRepeated(func(x, y string) bool { return x < y })); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestWebhookSecretIsRotated(t *testing.T) {
	b := setup(t)
	r := b.do("POST", "/v1/"+endpointName+":rotateSecret", `{"previousSecretLifetime":"3600s"}`)
	got := decoded[struct{ Secrets []string }](t, r)
	if diff := cmp.Diff([]string{"whsec_new"}, got.Secrets); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	want := &schedulerv1.RotateWebhookSecretRequest{Name: endpointName, PreviousSecretLifetime: durationpb.New(3600e9)}
	if diff := cmp.Diff(want, b.scheduler.Last().Request, protocmp.Transform()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}
