package check

import (
	"slices"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/artifact"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/enqueue"
)

// Stored is what is stored of a bulk job's video jobs.
type Stored struct {
	Completed   int
	MaxAttempts int32

	name     string
	findings *Findings
	rows     map[string]bool
}

// NewStored begins to read what is stored of a bulk job.
func NewStored(name string, f *Findings) *Stored {
	return &Stored{name: name, findings: f, rows: map[string]bool{}}
}

// Read reads a video job, and its artifact below root.
func (s *Stored) Read(v *schedulerv1.VideoJob, callers *Callers, root string) {
	row := v.GetIdea().GetRowKey()
	if s.rows[row] {
		s.findings.Add(Request, s.name, "%s was appended twice", row)
	}
	s.rows[row] = true
	s.MaxAttempts = max(s.MaxAttempts, v.GetAttempt())
	if v.GetState() != state.Completed {
		s.findings.Add(Lost, v.GetName(), "ended the campaign as %s", v.GetState())
		return
	}
	s.Completed++
	s.artifact(v, callers, root)
}

// artifact wants that the published file is there, as it was published, and of the attempt that completed.
func (s *Stored) artifact(v *schedulerv1.VideoJob, callers *Callers, root string) {
	if len(v.GetArtifacts()) != 1 {
		s.findings.Add(Artifact, v.GetName(), "has %d artifacts", len(v.GetArtifacts()))
		return
	}
	content, err := artifact.Read(root, v.GetArtifacts()[0])
	if err != nil {
		s.findings.Add(Artifact, v.GetName(), "%v", err)
		return
	}
	leases := callers.Completed[v.GetName()]
	if len(leases) == 0 {
		leases = callers.Maybe[v.GetName()]
	}
	if content.Job != v.GetName() || content.Attempt != v.GetAttempt() || !slices.Contains(leases, content.Lease) {
		s.findings.Add(Artifact, v.GetName(), "the file is of attempt %d of %s by %s, not of the attempt that completed (%d)",
			content.Attempt, content.Job, content.Worker, v.GetAttempt())
	}
}

// End says that all was read. Every acknowledged row must be there.
func (s *Stored) End(callers *Callers) {
	for i, times := range callers.Rows[s.name] {
		if times > 0 && !s.rows[enqueue.RowKey(i+1)] {
			s.findings.Add(Lost, s.name, "%s was acknowledged and is not there", enqueue.RowKey(i+1))
		}
	}
}
