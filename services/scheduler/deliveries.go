package scheduler

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// TestWebhookEndpoint implements schedulerv1.WebhookServiceServer.
func (s *Service) TestWebhookEndpoint(ctx context.Context, in *schedulerv1.TestWebhookEndpointRequest) (*schedulerv1.WebhookDelivery, error) {
	k, err := store.ParseEndpoint(in.GetName())
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	d, err := s.store.TestWebhook(ctx, request("TestWebhookEndpoint", in), k, id.String(), s.now())
	if err != nil {
		return nil, answer(kindWebhookEndpoint, in.GetName(), err)
	}
	return delivery(d), nil
}

// GetWebhookDelivery implements schedulerv1.WebhookServiceServer.
func (s *Service) GetWebhookDelivery(ctx context.Context, in *schedulerv1.GetWebhookDeliveryRequest) (*schedulerv1.WebhookDelivery, error) {
	k, err := store.ParseDelivery(in.GetName())
	if err != nil {
		return nil, err
	}
	d, err := s.store.Delivery(ctx, k)
	if err != nil {
		return nil, answer(kindWebhookDelivery, in.GetName(), err)
	}
	out := delivery(d)
	out.Payload = string(d.Body)
	return out, nil
}

// ListWebhookDeliveries implements schedulerv1.WebhookServiceServer.
func (s *Service) ListWebhookDeliveries(ctx context.Context, in *schedulerv1.ListWebhookDeliveriesRequest) (*schedulerv1.ListWebhookDeliveriesResponse, error) {
	k, err := store.ParseEndpoint(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, before, err := readPage[string](in, in.GetParent(), "deliveries", strconv.Itoa(int(in.GetState())))
	if err != nil {
		return nil, err
	}
	all, err := s.store.ListDeliveries(ctx, k, in.GetState(), before, p.size+1)
	if err != nil {
		return nil, answer(kindWebhookEndpoint, in.GetParent(), err)
	}
	out := &schedulerv1.ListWebhookDeliveriesResponse{}
	all, out.NextPageToken, err = cut(p, all, func(d store.Delivery) string { return d.Delivery })
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		out.WebhookDeliveries = append(out.WebhookDeliveries, delivery(d))
	}
	return out, nil
}

// ReplayWebhookDelivery implements schedulerv1.WebhookServiceServer.
func (s *Service) ReplayWebhookDelivery(ctx context.Context, in *schedulerv1.ReplayWebhookDeliveryRequest) (*schedulerv1.WebhookDelivery, error) {
	k, err := store.ParseDelivery(in.GetName())
	if err != nil {
		return nil, err
	}
	d, err := s.store.ReplayDelivery(ctx, request("ReplayWebhookDelivery", in), k, s.now())
	if err != nil {
		return nil, answer(kindWebhookDelivery, in.GetName(), err)
	}
	return delivery(d), nil
}

// ReplayWebhookDeliveries implements schedulerv1.WebhookServiceServer.
func (s *Service) ReplayWebhookDeliveries(ctx context.Context, in *schedulerv1.ReplayWebhookDeliveriesRequest) (*schedulerv1.ReplayWebhookDeliveriesResponse, error) {
	k, err := store.ParseEndpoint(in.GetParent())
	if err != nil {
		return nil, err
	}
	since := time.Unix(0, 0)
	if in.GetSinceTime() != nil {
		if err := in.GetSinceTime().CheckValid(); err != nil {
			return nil, errs.Invalid(errs.Violation{Field: "since_time", Description: strings.TrimPrefix(err.Error(), "proto: ")})
		}
		since = in.GetSinceTime().AsTime()
	}
	limit := int(in.GetMaxCount())
	if limit == 0 {
		limit = replayDefault
	}
	n, err := s.store.ReplayDeliveries(ctx, request("ReplayWebhookDeliveries", in), k, since, limit, s.now())
	if err != nil {
		return nil, answer(kindWebhookEndpoint, in.GetParent(), err)
	}
	return &schedulerv1.ReplayWebhookDeliveriesResponse{ReplayedCount: int32(n)}, nil
}

// delivery is a stored delivery as the API shows it, without its payload.
func delivery(d store.Delivery) *schedulerv1.WebhookDelivery {
	out := &schedulerv1.WebhookDelivery{
		Name: d.Name(), EventType: d.Type.String(), State: d.State, AttemptCount: d.Attempts, LastAttemptTime: stamp(d.Tried),
		LastStatus: d.Status, LastError: d.Error, CreateTime: stamp(d.Created), EndTime: stamp(d.Ended),
	}
	if d.State == schedulerv1.WebhookDelivery_PENDING {
		out.NextAttemptTime = stamp(d.Due)
	}
	return out
}
