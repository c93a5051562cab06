package check

import (
	"testing"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/artifact"
)

// video is a stored video job with a published artifact of an attempt under a lease.
func video(t *testing.T, root, name, row, lease string, attempt int32) *schedulerv1.VideoJob {
	t.Helper()
	a, err := artifact.Write(root, artifact.Content{Job: name, Lease: lease, Attempt: attempt, Worker: "w"})
	if err != nil {
		t.Fatal(err)
	}
	return &schedulerv1.VideoJob{
		Name: name, State: state.Completed, Attempt: attempt, Idea: &ingestv1.Idea{RowKey: row}, Artifacts: []*schedulerv1.Artifact{a},
	}
}

func TestStored(t *testing.T) {
	root := t.TempDir()
	if err := artifact.Prepare(root); err != nil {
		t.Fatal(err)
	}
	callers := &Callers{
		Rows:      map[string][]int{"batch": {1, 1}},
		Completed: map[string][]string{"one": {"a"}},
		Maybe:     map[string][]string{"two": {"b"}},
	}
	one, two := video(t, root, "one", "row-1", "a", 1), video(t, root, "two", "row-2", "b", 4)
	waiting := &schedulerv1.VideoJob{Name: "two", State: state.Queued, Idea: &ingestv1.Idea{RowKey: "row-2"}}
	late := video(t, root, "one", "row-1", "late", 1)
	otherAttempt := video(t, root, "one", "row-1", "a again", 1)
	otherAttempt.Artifacts, otherAttempt.Attempt = one.GetArtifacts(), 2
	gone := video(t, root, "one", "row-1", "gone", 1)
	gone.Artifacts[0].BlobKey = "00/gone.json"
	none := video(t, root, "one", "row-1", "none", 1)
	none.Artifacts = nil
	tests := []struct {
		name   string
		videos []*schedulerv1.VideoJob
		want   map[Kind]int
	}{
		{"all there", []*schedulerv1.VideoJob{one, two}, nil},
		{"one is missing", []*schedulerv1.VideoJob{one}, map[Kind]int{Lost: 1}},
		{"one still waits", []*schedulerv1.VideoJob{one, waiting}, map[Kind]int{Lost: 1}},
		{"a row came twice", []*schedulerv1.VideoJob{one, two, two}, map[Kind]int{Request: 1}},
		{"the file is of a late worker", []*schedulerv1.VideoJob{late, two}, map[Kind]int{Artifact: 1}},
		{"the file is of another attempt", []*schedulerv1.VideoJob{otherAttempt, two}, map[Kind]int{Artifact: 1}},
		{"the file is gone", []*schedulerv1.VideoJob{gone, two}, map[Kind]int{Artifact: 1}},
		{"no file", []*schedulerv1.VideoJob{none, two}, map[Kind]int{Artifact: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f Findings
			s := NewStored("batch", &f)
			for _, v := range tt.videos {
				s.Read(v, callers, root)
			}
			s.End(callers)
			total := 0
			for kind, n := range tt.want {
				total += n
				if f.Count(kind) != n {
					t.Errorf("%d findings of kind %s; want %d", f.Count(kind), kind, n)
				}
			}
			if f.Total() != total {
				t.Errorf("findings %v; want %v", f.Shown(), tt.want)
			}
		})
	}
	var f Findings
	s := NewStored("batch", &f)
	s.Read(one, callers, root)
	s.Read(two, callers, root)
	if s.Completed != 2 || s.MaxAttempts != 4 {
		t.Errorf("%d completed, at most %d attempts; want 2, 4", s.Completed, s.MaxAttempts)
	}
}
