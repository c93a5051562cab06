package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// TestWholePath shows that one process and five processes are the same to a user.
func TestWholePath(t *testing.T) {
	ways := []struct {
		name  string
		start func(*testing.T, sheet) *server
	}{
		{"all in one", func(t *testing.T, s sheet) *server { return allInOne(t, s) }},
		{"five processes", apart},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) { suite(t, way.start) })
	}
}

// suite makes videos of a sheet with one bad row, and looks at everything that a client can see.
func suite(t *testing.T, start func(*testing.T, sheet) *server) {
	noTitle := short("c", "")
	s := start(t, newSheet(t, short("a", "the first video"), short("b", "the second video"), noTitle))

	created := s.create(t, "ana")
	again := s.create(t, "ana")
	if again.GetName() != created.GetName() {
		t.Errorf("the same request made another bulk job: %s and %s", created.GetName(), again.GetName())
	}

	told := s.finish(t, created.GetName())
	videos := s.videos(t, created.GetName())
	for _, v := range videos {
		if n := told.entered(schedulerv1.VideoJob_COMPLETED)[v.GetName()]; n != 1 {
			t.Errorf("%s came %d times to COMPLETED; want 1", v.GetName(), n)
		}
		if len(v.GetAttempts()) != 1 {
			t.Errorf("%s took %d attempts; want 1", v.GetName(), len(v.GetAttempts()))
		}
	}

	job := s.get(t, created.GetName())
	if job.GetState() != schedulerv1.BulkJob_COMPLETED {
		t.Errorf("bulk job is %v; want COMPLETED", job.GetState())
	}
	want := &schedulerv1.BulkJobProgress{Percent: 100, TotalCount: 2, CompletedCount: 2}
	times := protocmp.IgnoreFields(&schedulerv1.BulkJobProgress{},
		"time_to_start", "processing_duration", "average_item_duration", "eta")
	if diff := cmp.Diff(want, job.GetProgress(), protocmp.Transform(), times); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	checkFinding(t, job.GetImportReport(), 4, "B4", "title")

	t.Run("downloads", func(t *testing.T) { checkDownloads(t, s, videos) })
	t.Run("json", func(t *testing.T) { checkJSON(t, s, job) })
	t.Run("history", func(t *testing.T) {
		list, err := s.scheduler.ListJobEvents(bounded(t), &schedulerv1.ListJobEventsRequest{Parent: job.GetName(), PageSize: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]*schedulerv1.JobEvent(told), list.GetEvents(), protocmp.Transform()); diff != "" {
			t.Errorf("the watch told another history than the list (-watch +list):\n%s", diff)
		}
	})
	s.stop(t)
}
