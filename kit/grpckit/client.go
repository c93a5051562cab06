package grpckit

import (
	"context"
	"fmt"
	"net"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // the client side of health checking, for load balancing
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/test/bufconn"
)

// serviceConfig spreads calls over healthy servers. Nothing is retried here: callers know what is safe to repeat.
const serviceConfig = `{"loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":""}}`

// Dial makes a connection to a service at target, for example "127.0.0.1:9102" or "dns:///scheduler:9102". It
// connects in the background. Without TLS for now: services listen on loopback unless told otherwise.
func Dial(target string, options ...grpc.DialOption) (*grpc.ClientConn, error) {
	options = append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler()),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	}, options...)
	conn, err := grpc.NewClient(target, options...)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", target, err)
	}
	return conn, nil
}

// InProcess is an in-memory listener with the connections that reach it.
type InProcess struct {
	*bufconn.Listener
}

// NewInProcess makes an in-memory listener.
func NewInProcess() InProcess {
	return InProcess{bufconn.Listen(1 << 20)}
}

// Dial makes a connection to the listener.
func (p InProcess) Dial() (*grpc.ClientConn, error) {
	return Dial("passthrough:///in-process", grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return p.DialContext(ctx)
	}))
}
