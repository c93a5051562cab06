package scheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook/notice"
)

const (
	// endpointsMost is how many endpoints a project may have: each event is written once for each.
	endpointsMost = 20
	// secretOverlap is how long the secret before signs too when nobody says.
	secretOverlap = 24 * time.Hour
	// lookupTimeout bounds the resolving of a name that is only to be refused early.
	lookupTimeout = 3 * time.Second
)

// The fields of an endpoint that can be changed.
const (
	fieldURL         = "url"
	fieldDisplayName = "display_name"
	fieldEventTypes  = "event_types"
)

// CreateWebhookEndpoint implements schedulerv1.WebhookServiceServer.
func (s *Service) CreateWebhookEndpoint(ctx context.Context, in *schedulerv1.CreateWebhookEndpointRequest) (*schedulerv1.WebhookEndpoint, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	e, err := s.wantedEndpoint(ctx, in.GetWebhookEndpoint(), []string{fieldURL, fieldDisplayName, fieldEventTypes})
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	e.EndpointKey = store.EndpointKey{Project: project, ID: id.String()}
	e.State, e.Secret = schedulerv1.WebhookEndpoint_ENABLED, webhook.NewSecret()
	stored, err := s.store.CreateWebhook(ctx, request("CreateWebhookEndpoint", in), e, endpointsMost, s.now())
	if err != nil {
		return nil, answer(kindWebhookEndpoint, in.GetParent(), err)
	}
	return s.endpointWithSecrets(stored), nil
}

// wantedEndpoint checks the given fields of what a caller wants.
func (s *Service) wantedEndpoint(ctx context.Context, in *schedulerv1.WebhookEndpoint, fields []string) (e store.Endpoint, err error) {
	e.DisplayName = in.GetDisplayName()
	if slices.Contains(fields, fieldURL) {
		if e.URL, err = s.checkWebhookURL(ctx, in.GetUrl()); err != nil {
			return e, err
		}
	}
	types, bad := notice.ParseSet(in.GetEventTypes())
	if len(bad) > 0 {
		return e, errs.Invalid(errs.Violation{Field: "webhook_endpoint.event_types", Description: bad[0] + " is no event type"})
	}
	e.Types = types
	return e, nil
}

// checkWebhookURL refuses early what would be refused whenever something is sent. A name that cannot be resolved now may
// be later.
func (s *Service) checkWebhookURL(ctx context.Context, raw string) (string, error) {
	policy := s.config.Webhooks.Policy()
	u, err := policy.CheckURL(raw)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
		defer cancel()
		err = policy.CheckHost(ctx, u)
	}
	var refused *safehttp.RefusedError
	if errors.As(err, &refused) {
		return "", errs.Invalid(errs.Violation{Field: "webhook_endpoint.url", Description: refused.Why})
	}
	return u.String(), nil
}

// GetWebhookEndpoint implements schedulerv1.WebhookServiceServer.
func (s *Service) GetWebhookEndpoint(ctx context.Context, in *schedulerv1.GetWebhookEndpointRequest) (*schedulerv1.WebhookEndpoint, error) {
	k, err := store.ParseEndpoint(in.GetName())
	if err != nil {
		return nil, err
	}
	e, err := s.store.Webhook(ctx, k)
	if err != nil {
		return nil, answer(kindWebhookEndpoint, in.GetName(), err)
	}
	return s.endpoint(e), nil
}

// ListWebhookEndpoints implements schedulerv1.WebhookServiceServer.
func (s *Service) ListWebhookEndpoints(ctx context.Context, in *schedulerv1.ListWebhookEndpointsRequest) (*schedulerv1.ListWebhookEndpointsResponse, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, before, err := readPage[string](in, in.GetParent(), "webhookEndpoints")
	if err != nil {
		return nil, err
	}
	all, err := s.store.ListWebhooks(ctx, project, before, p.size+1)
	if err != nil {
		return nil, answer(kindWebhookEndpoint, in.GetParent(), err)
	}
	out := &schedulerv1.ListWebhookEndpointsResponse{}
	all, out.NextPageToken, err = cut(p, all, func(e store.Endpoint) string { return e.ID })
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		out.WebhookEndpoints = append(out.WebhookEndpoints, s.endpoint(e))
	}
	return out, nil
}

// UpdateWebhookEndpoint implements schedulerv1.WebhookServiceServer.
func (s *Service) UpdateWebhookEndpoint(ctx context.Context, in *schedulerv1.UpdateWebhookEndpointRequest) (*schedulerv1.WebhookEndpoint, error) {
	name := in.GetWebhookEndpoint().GetName()
	if _, err := store.ParseEndpoint(name); err != nil {
		return nil, errs.Invalid(errs.Violation{Field: "webhook_endpoint.name", Description: "must be projects/{project}/webhookEndpoints/{webhook_endpoint}"})
	}
	fields := in.GetUpdateMask().GetPaths()
	if len(fields) == 0 {
		fields = []string{fieldURL, fieldDisplayName, fieldEventTypes}
	}
	for _, f := range fields {
		// The name is there when a client sends the resource back; it is what it is.
		if f != "name" && f != fieldURL && f != fieldDisplayName && f != fieldEventTypes {
			return nil, errs.Invalid(errs.Violation{Field: "update_mask", Description: f + " cannot be changed; url, display_name and event_types can"})
		}
	}
	wanted, err := s.wantedEndpoint(ctx, in.GetWebhookEndpoint(), fields)
	if err != nil {
		return nil, err
	}
	return s.changeEndpoint(ctx, request("UpdateWebhookEndpoint", in), name, func(e *store.Endpoint) {
		for _, f := range fields {
			switch f {
			case fieldURL:
				e.URL = wanted.URL
			case fieldDisplayName:
				e.DisplayName = wanted.DisplayName
			case fieldEventTypes:
				e.Types = wanted.Types
			}
		}
	})
}

func (s *Service) changeEndpoint(ctx context.Context, r store.Request, name string, change func(*store.Endpoint)) (*schedulerv1.WebhookEndpoint, error) {
	e, err := s.changed(ctx, r, name, change)
	if err != nil {
		return nil, err
	}
	return s.endpoint(e), nil
}

func (s *Service) changed(ctx context.Context, r store.Request, name string, change func(*store.Endpoint)) (store.Endpoint, error) {
	k, err := store.ParseEndpoint(name)
	if err != nil {
		return store.Endpoint{}, err
	}
	e, err := s.store.ChangeWebhook(ctx, r, k, change, s.now())
	return e, answer(kindWebhookEndpoint, name, err)
}

// DeleteWebhookEndpoint implements schedulerv1.WebhookServiceServer.
func (s *Service) DeleteWebhookEndpoint(ctx context.Context, in *schedulerv1.DeleteWebhookEndpointRequest) (*emptypb.Empty, error) {
	k, err := store.ParseEndpoint(in.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.store.DeleteWebhook(ctx, request("DeleteWebhookEndpoint", in), k, s.now()); err != nil {
		return nil, answer(kindWebhookEndpoint, in.GetName(), err)
	}
	return &emptypb.Empty{}, nil
}

// EnableWebhookEndpoint implements schedulerv1.WebhookServiceServer.
func (s *Service) EnableWebhookEndpoint(ctx context.Context, in *schedulerv1.EnableWebhookEndpointRequest) (*schedulerv1.WebhookEndpoint, error) {
	return s.changeEndpoint(ctx, request("EnableWebhookEndpoint", in), in.GetName(), func(e *store.Endpoint) {
		if !e.Enabled() {
			e.State, e.Reason = schedulerv1.WebhookEndpoint_ENABLED, schedulerv1.WebhookEndpoint_DISABLE_REASON_UNSPECIFIED
			e.FailingSince = time.Time{} // it gets its five days anew
		}
	})
}

// DisableWebhookEndpoint implements schedulerv1.WebhookServiceServer.
func (s *Service) DisableWebhookEndpoint(ctx context.Context, in *schedulerv1.DisableWebhookEndpointRequest) (*schedulerv1.WebhookEndpoint, error) {
	return s.changeEndpoint(ctx, request("DisableWebhookEndpoint", in), in.GetName(), func(e *store.Endpoint) {
		if e.Enabled() {
			e.State, e.Reason = schedulerv1.WebhookEndpoint_DISABLED, schedulerv1.WebhookEndpoint_REQUESTED
		}
	})
}

// RotateWebhookSecret implements schedulerv1.WebhookServiceServer.
func (s *Service) RotateWebhookSecret(ctx context.Context, in *schedulerv1.RotateWebhookSecretRequest) (*schedulerv1.WebhookEndpoint, error) {
	overlap, fresh := secretOverlap, webhook.NewSecret()
	if in.GetPreviousSecretLifetime() != nil {
		overlap = in.GetPreviousSecretLifetime().AsDuration()
	}
	e, err := s.changed(ctx, request("RotateWebhookSecret", in), in.GetName(), func(e *store.Endpoint) {
		e.Secret, e.Previous, e.PreviousUntil = fresh, e.Secret, s.now().Add(overlap)
		if overlap == 0 {
			e.Previous, e.PreviousUntil = nil, time.Time{}
		}
	})
	if err != nil {
		return nil, err
	}
	return s.endpointWithSecrets(e), nil
}

// endpoint is a stored endpoint as the API shows it.
func (s *Service) endpoint(e store.Endpoint) *schedulerv1.WebhookEndpoint {
	out := &schedulerv1.WebhookEndpoint{
		Name: e.Name(), Url: e.URL, DisplayName: e.DisplayName, EventTypes: e.Types.Names(), State: e.State, DisableReason: e.Reason,
		FailingSinceTime: stamp(e.FailingSince), CreateTime: stamp(e.Created), UpdateTime: stamp(e.Updated),
	}
	if len(e.Secrets(s.now())) > 1 {
		out.PreviousSecretExpireTime = stamp(e.PreviousUntil)
	}
	return out
}

func (s *Service) endpointWithSecrets(e store.Endpoint) *schedulerv1.WebhookEndpoint {
	out := s.endpoint(e)
	for _, secret := range e.Secrets(s.now()) {
		out.Secrets = append(out.Secrets, webhook.Reveal(secret))
	}
	return out
}
