package client

import (
	"context"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// WebhookEndpoints lists the newest webhook endpoints of a project, at most limit.
func (c *Client) WebhookEndpoints(ctx context.Context, project string, limit int) ([]*schedulerv1.WebhookEndpoint, error) {
	var all []*schedulerv1.WebhookEndpoint
	token := ""
	for {
		reply, err := c.Webhooks.ListWebhookEndpoints(ctx, &schedulerv1.ListWebhookEndpointsRequest{
			Parent: Project(project), PageSize: int32(min(limit-len(all), page)), PageToken: token,
		})
		if err != nil {
			return nil, err
		}
		all = append(all, reply.GetWebhookEndpoints()...)
		if token = reply.GetNextPageToken(); token == "" || len(all) >= limit {
			return all, nil
		}
	}
}

// WebhookDeliveries lists the newest deliveries of an endpoint in a state, or in every one when it is unset, at most
// limit.
func (c *Client) WebhookDeliveries(ctx context.Context, endpoint string, state schedulerv1.WebhookDelivery_State, limit int) ([]*schedulerv1.WebhookDelivery, error) {
	var all []*schedulerv1.WebhookDelivery
	token := ""
	for {
		reply, err := c.Webhooks.ListWebhookDeliveries(ctx, &schedulerv1.ListWebhookDeliveriesRequest{
			Parent: endpoint, State: state, PageSize: int32(min(limit-len(all), page)), PageToken: token,
		})
		if err != nil {
			return nil, err
		}
		all = append(all, reply.GetWebhookDeliveries()...)
		if token = reply.GetNextPageToken(); token == "" || len(all) >= limit {
			return all, nil
		}
	}
}

// ResolveWebhookEndpoint finds the resource name of the endpoint that a person named: its full name, its id, or the
// beginning or the end of its id (four characters or more, which must fit only one).
func (c *Client) ResolveWebhookEndpoint(ctx context.Context, project, reference string) (string, error) {
	return resolvePart(reference, "webhook endpoint", Project(project)+"/webhookEndpoints/", "sheetreel webhooks list", func() (names []string, err error) {
		all, err := c.WebhookEndpoints(ctx, project, maxSearch)
		for _, e := range all {
			names = append(names, e.GetName())
		}
		return names, err
	})
}

// ResolveWebhookDelivery finds the resource name of the delivery of an endpoint in the same way.
func (c *Client) ResolveWebhookDelivery(ctx context.Context, endpoint, reference string) (string, error) {
	return resolvePart(reference, "delivery", endpoint+"/deliveries/", "sheetreel webhooks deliveries", func() (names []string, err error) {
		all, err := c.WebhookDeliveries(ctx, endpoint, 0, maxSearch)
		for _, d := range all {
			names = append(names, d.GetName())
		}
		return names, err
	})
}
