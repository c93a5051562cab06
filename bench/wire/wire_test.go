package wire

import (
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

func TestInvoke(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, health.NewServer())
	served := make(chan error)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() { server.Stop(); <-served })
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for service, want := range map[string]codes.Code{"": codes.OK, "nobody": codes.NotFound} {
		raw, err := proto.Marshal(&healthpb.HealthCheckRequest{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		raw, err = Invoke(t.Context(), conn, healthpb.Health_Check_FullMethodName, raw)
		if status.Code(err) != want {
			t.Fatalf("service %q: error %v, want %v", service, err, want)
		}
		if err != nil {
			continue
		}
		var reply healthpb.HealthCheckResponse
		if err := proto.Unmarshal(raw, &reply); err != nil || reply.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("status %v, error %v", reply.GetStatus(), err)
		}
	}
}
