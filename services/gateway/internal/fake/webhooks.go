package fake

import (
	"context"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// UpdateWebhookEndpoint gives the endpoint back.
func (s *Scheduler) UpdateWebhookEndpoint(ctx context.Context, r *schedulerv1.UpdateWebhookEndpointRequest) (*schedulerv1.WebhookEndpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.enter(ctx, "UpdateWebhookEndpoint", r, "")
	return r.GetWebhookEndpoint(), err
}

// RotateWebhookSecret gives a secret.
func (s *Scheduler) RotateWebhookSecret(ctx context.Context, r *schedulerv1.RotateWebhookSecretRequest) (*schedulerv1.WebhookEndpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.enter(ctx, "RotateWebhookSecret", r, "")
	return &schedulerv1.WebhookEndpoint{Name: r.GetName(), Secrets: []string{"whsec_new"}}, err
}
