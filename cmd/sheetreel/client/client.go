// Package client speaks to a running Sheetreel over its public gRPC API, the way a person needs it: a bulk job may
// be named by a part of its id, a watch goes on over lost connections, and errors say what to do next.
package client

import (
	"time"

	"google.golang.org/grpc"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/retry"
)

// Client is a connection to a server. Close it.
type Client struct {
	Scheduler schedulerv1.SchedulerServiceClient
	Ingest    ingestv1.IngestServiceClient
	Costs     schedulerv1.CostServiceClient
	Webhooks  schedulerv1.WebhookServiceClient
	Sheets    schedulerv1.ConnectedSheetServiceClient
	Limits    ratelimitv1.RateLimitServiceClient
	Render    renderv1.RenderServiceClient

	conn    *grpc.ClientConn
	backoff retry.Policy // of a watch that lost its connection
}

// Dial makes a client for the server at address, HOST:PORT. It connects when first used.
func Dial(address string) (*Client, error) {
	conn, err := grpckit.Dial(address)
	if err != nil {
		return nil, err
	}
	return &Client{
		Scheduler: schedulerv1.NewSchedulerServiceClient(conn),
		Ingest:    ingestv1.NewIngestServiceClient(conn),
		Costs:     schedulerv1.NewCostServiceClient(conn),
		Webhooks:  schedulerv1.NewWebhookServiceClient(conn),
		Sheets:    schedulerv1.NewConnectedSheetServiceClient(conn),
		Limits:    ratelimitv1.NewRateLimitServiceClient(conn),
		Render:    renderv1.NewRenderServiceClient(conn),
		conn:      conn,
		backoff:   retry.Policy{Initial: 500 * time.Millisecond, Multiplier: 2, Max: 5 * time.Second, MaxElapsed: 10 * time.Minute},
	}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// page is how many resources a listing asks for at once.
const page = 200

// Project is the resource name of a project.
func Project(id string) string { return "projects/" + id }
