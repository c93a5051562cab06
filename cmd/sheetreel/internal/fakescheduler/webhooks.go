package fakescheduler

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// CreateWebhookEndpoint gives the newest endpoint back, with a secret.
func (s *Scheduler) CreateWebhookEndpoint(_ context.Context, r *schedulerv1.CreateWebhookEndpointRequest) (*schedulerv1.WebhookEndpoint, error) {
	s.note(r)
	e := proto.CloneOf(s.Hooks[0])
	e.Url, e.Secrets = r.GetWebhookEndpoint().GetUrl(), []string{"whsec_c2VjcmV0"}
	return e, nil
}

// ListWebhookEndpoints gives pages of endpoints.
func (s *Scheduler) ListWebhookEndpoints(_ context.Context, r *schedulerv1.ListWebhookEndpointsRequest) (*schedulerv1.ListWebhookEndpointsResponse, error) {
	from, to, next, err := window(r.GetPageToken(), r.GetPageSize(), len(s.Hooks))
	if err != nil {
		return nil, err
	}
	return &schedulerv1.ListWebhookEndpointsResponse{WebhookEndpoints: s.Hooks[from:to], NextPageToken: next}, nil
}

// DeleteWebhookEndpoint notes the request.
func (s *Scheduler) DeleteWebhookEndpoint(_ context.Context, r *schedulerv1.DeleteWebhookEndpointRequest) (*emptypb.Empty, error) {
	s.note(r)
	return &emptypb.Empty{}, nil
}

// TestWebhookEndpoint gives the newest delivery as one that was not sent yet.
func (s *Scheduler) TestWebhookEndpoint(_ context.Context, r *schedulerv1.TestWebhookEndpointRequest) (*schedulerv1.WebhookDelivery, error) {
	s.note(r)
	return &schedulerv1.WebhookDelivery{Name: s.Sent[0].GetName(), State: schedulerv1.WebhookDelivery_PENDING}, nil
}

// GetWebhookDelivery gives a delivery.
func (s *Scheduler) GetWebhookDelivery(_ context.Context, r *schedulerv1.GetWebhookDeliveryRequest) (*schedulerv1.WebhookDelivery, error) {
	for _, d := range s.Sent {
		if d.GetName() == r.GetName() {
			return d, nil
		}
	}
	return nil, errs.NotFound("sheetreel/WebhookDelivery", r.GetName())
}

// ListWebhookDeliveries gives pages of the deliveries of an endpoint.
func (s *Scheduler) ListWebhookDeliveries(_ context.Context, r *schedulerv1.ListWebhookDeliveriesRequest) (*schedulerv1.ListWebhookDeliveriesResponse, error) {
	var sent []*schedulerv1.WebhookDelivery
	for _, d := range s.Sent {
		if strings.HasPrefix(d.GetName(), r.GetParent()+"/") && (r.GetState() == 0 || r.GetState() == d.GetState()) {
			sent = append(sent, d)
		}
	}
	from, to, next, err := window(r.GetPageToken(), r.GetPageSize(), len(sent))
	if err != nil {
		return nil, err
	}
	return &schedulerv1.ListWebhookDeliveriesResponse{WebhookDeliveries: sent[from:to], NextPageToken: next}, nil
}

// ReplayWebhookDelivery notes the request.
func (s *Scheduler) ReplayWebhookDelivery(_ context.Context, r *schedulerv1.ReplayWebhookDeliveryRequest) (*schedulerv1.WebhookDelivery, error) {
	s.note(r)
	return &schedulerv1.WebhookDelivery{Name: r.GetName(), EventType: "video_job.failed", State: schedulerv1.WebhookDelivery_PENDING}, nil
}

// ReplayWebhookDeliveries notes the request.
func (s *Scheduler) ReplayWebhookDeliveries(_ context.Context, r *schedulerv1.ReplayWebhookDeliveriesRequest) (*schedulerv1.ReplayWebhookDeliveriesResponse, error) {
	s.note(r)
	return &schedulerv1.ReplayWebhookDeliveriesResponse{ReplayedCount: 3}, nil
}
