package render

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/render/plan"
)

func TestPlanStoryboard(t *testing.T) {
	server, err := grpckit.NewServer(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Blob: "mem://"}, Deps{Leases: direct{newFakeScheduler()}, Provider: newFakeProvider(nil)})
	if err != nil {
		t.Fatal(err)
	}
	s.Register(server)
	listener := grpckit.NewInProcess()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	conn, err := listener.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		conn.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	client := renderv1.NewRenderServiceClient(conn)

	options := &schedulerv1.RenderOptions{Resolution: 360}
	got, err := client.PlanStoryboard(t.Context(), &renderv1.PlanStoryboardRequest{Parent: "projects/demo", Idea: tea, RenderOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	want, err := plan.Plan(tea, options)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("storyboard (-want +got):\n%s", diff)
	}

	for name, tc := range map[string]struct {
		request *renderv1.PlanStoryboardRequest
		reason  errs.Reason
	}{
		"nothing to say": {&renderv1.PlanStoryboardRequest{Parent: "projects/demo", Idea: &ingestv1.Idea{}}, errorsv1.ErrorReason_IDEA_UNRENDERABLE},
		"no project":     {&renderv1.PlanStoryboardRequest{Idea: tea}, errorsv1.ErrorReason_VALIDATION_FAILED},
	} {
		if _, err := client.PlanStoryboard(t.Context(), tc.request); status.Code(err) != codes.InvalidArgument || errs.ReasonOf(err) != tc.reason {
			t.Errorf("%s: error %v, want %v", name, err, tc.reason)
		}
	}
}
