package gateway

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// front connects to the gateway's gRPC side.
func front(t *testing.T) (*bench, *grpc.ClientConn) {
	t.Helper()
	b := setup(t)
	return b, serve(t, b.service.Register)
}

// ask sends one question to reflection.
func ask(t *testing.T, conn *grpc.ClientConn, question *reflectionpb.ServerReflectionRequest) *reflectionpb.ServerReflectionResponse {
	t.Helper()
	stream, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(question); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestFrontListsPublicServicesOnly(t *testing.T) {
	_, conn := front(t)
	answer := ask(t, conn, &reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{ListServices: "*"},
	})
	var got []string
	for _, s := range answer.GetListServicesResponse().GetService() {
		got = append(got, s.GetName())
	}
	slices.Sort(got)
	want := []string{
		"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
		"sheetreel.ingest.v1.IngestService", "sheetreel.ingest.v1.UploadService",
		"sheetreel.ratelimit.v1.RateLimitService", "sheetreel.render.v1.RenderService", "sheetreel.scheduler.v1.ConnectedSheetService", "sheetreel.scheduler.v1.CostService", "sheetreel.scheduler.v1.SchedulerService",
		"sheetreel.scheduler.v1.WebhookService",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	health, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "sheetreel.scheduler.v1.SchedulerService"})
	if err != nil || health.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health = %v, %v", health, err)
	}
}

// TestFrontByReflection calls a method as a foreign client does that knows nothing but what reflection says.
func TestFrontByReflection(t *testing.T) {
	b, conn := front(t)
	b.scheduler.Put(running())
	answer := ask(t, conn, &reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "sheetreel.scheduler.v1.SchedulerService"},
	})
	set := &descriptorpb.FileDescriptorSet{}
	for _, raw := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
		file := &descriptorpb.FileDescriptorProto{}
		if err := proto.Unmarshal(raw, file); err != nil {
			t.Fatal(err)
		}
		set.File = append(set.File, file)
	}
	files, err := protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(set)
	if err != nil {
		t.Fatal(err)
	}
	service := find[protoreflect.ServiceDescriptor](t, files, "sheetreel.scheduler.v1.SchedulerService")
	method := service.Methods().ByName("GetBulkJob")
	in, out := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	in.Set(method.Input().Fields().ByName("name"), protoreflect.ValueOfString(bulkName))
	if err := conn.Invoke(t.Context(), "/sheetreel.scheduler.v1.SchedulerService/GetBulkJob", in, out); err != nil {
		t.Fatal(err)
	}
	if got := out.Get(method.Output().Fields().ByName("display_name")).String(); got != "Spring" {
		t.Errorf("display_name = %q", got)
	}
}

func find[T protoreflect.Descriptor](t *testing.T, files *protoregistry.Files, name protoreflect.FullName) T {
	t.Helper()
	d, err := files.FindDescriptorByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return d.(T)
}

func TestFrontHidesInternalServices(t *testing.T) {
	_, conn := front(t)
	_, err := schedulerv1.NewLeaseServiceClient(conn).LeaseVideoJobs(t.Context(), &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: 1})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("LeaseVideoJobs: %v", err)
	}
	_, err = schedulerv1.NewImportServiceClient(conn).LeaseImport(t.Context(), &schedulerv1.LeaseImportRequest{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("LeaseImport: %v", err)
	}
}

func TestFrontPassesErrorsAndMetadata(t *testing.T) {
	b, conn := front(t)
	client := schedulerv1.NewSchedulerServiceClient(conn)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer k", "x-request-id", "r-1", "x-other", "no")
	t.Run("error", func(t *testing.T) {
		failure := errs.RateLimited(3*time.Second, "too fast", errs.Exhausted{Limit: "l", Subject: "s"})
		b.scheduler.Fail("ListBulkJobs", failure)
		_, err := client.ListBulkJobs(ctx, &schedulerv1.ListBulkJobsRequest{Parent: project})
		if !proto.Equal(status.Convert(failure).Proto(), status.Convert(err).Proto()) {
			t.Errorf("error = %v", status.Convert(err).Proto())
		}
	})
	t.Run("metadata", func(t *testing.T) {
		md := b.scheduler.Last().Metadata
		got := [][]string{md.Get("authorization"), md.Get("x-request-id"), md.Get("x-other")}
		if diff := cmp.Diff([][]string{{"Bearer k"}, {"r-1"}, nil}, got); diff != "" {
			t.Errorf("metadata (-want +got):\n%s", diff)
		}
	})
	t.Run("deadline", func(t *testing.T) {
		// Shorter than what the servers set themselves.
		short, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		b.scheduler.Fail("ListBulkJobs", nil)
		if _, err := client.ListBulkJobs(short, &schedulerv1.ListBulkJobsRequest{Parent: project}); err != nil {
			t.Fatal(err)
		}
		want, _ := short.Deadline()
		if got := b.scheduler.Last().Deadline; got.IsZero() || got.After(want.Add(time.Second)) {
			t.Errorf("deadline = %v, want %v", got, want)
		}
	})
	t.Run("validation", func(t *testing.T) {
		_, err := client.ListBulkJobs(ctx, &schedulerv1.ListBulkJobsRequest{Parent: "nowhere"})
		if errs.ReasonOf(err) != errorsv1.ErrorReason_VALIDATION_FAILED {
			t.Errorf("error = %v", err)
		}
	})
}

func TestFrontWatch(t *testing.T) {
	b, conn := front(t)
	b.scheduler.Put(running())
	b.progress()
	stream, err := schedulerv1.NewSchedulerServiceClient(conn).WatchBulkJob(t.Context(), &schedulerv1.WatchBulkJobRequest{Name: bulkName})
	if err != nil {
		t.Fatal(err)
	}
	first, err := stream.Recv()
	if err != nil || len(first.GetEvents()) != 1 {
		t.Fatalf("first message = %v, %v", first, err)
	}
	close(b.service.draining) // the gateway stops: the stream ends in good order
	if m, err := stream.Recv(); err == nil || err.Error() != "EOF" {
		t.Errorf("at the end: %v, %v", m, err)
	}
}
