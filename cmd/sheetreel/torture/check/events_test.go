package check

import (
	"testing"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
)

// tale tells events with sequence numbers from 1.
type tale []*schedulerv1.JobEvent

func (t tale) and(e *schedulerv1.JobEvent) tale {
	e.Sequence = int64(len(t) + 1)
	return append(t, e)
}

func (t tale) created(job string) tale {
	return t.and(&schedulerv1.JobEvent{Type: schedulerv1.JobEvent_VIDEO_JOB_CREATED, VideoJob: job, VideoJobState: state.Queued})
}

func (t tale) moved(job string, states ...state.Video) tale {
	for i := 1; i < len(states); i++ {
		t = t.and(&schedulerv1.JobEvent{
			Type: schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED, VideoJob: job,
			PreviousVideoJobState: states[i-1], VideoJobState: states[i],
		})
	}
	return t
}

// lost makes the last event one of a lost worker.
func (t tale) lost() tale {
	t[len(t)-1].Error = &statuspb.Status{Code: 14, Message: "the worker did not report in time"}
	return t
}

func TestEventHistories(t *testing.T) {
	good := func() tale {
		return tale{}.and(&schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_CREATED}).
			created("a").created("b").
			moved("a", state.Queued, state.Dispatched, state.InProgress, state.Completed).
			moved("b", state.Queued, state.Dispatched, state.Queued).lost().
			moved("b", state.Queued, state.Dispatched, state.Queued).
			moved("b", state.Queued, state.Dispatched, state.Completed)
	}
	tests := []struct {
		name   string
		events tale
		want   int // findings
	}{
		{"good", good(), 0},
		{"a gap", append(good()[:5], good()[6:]...), 2}, // and the state that was jumped over
		{"created twice", good().created("a").moved("a", state.Queued, state.Dispatched, state.Completed), 0 + 1},
		{"completed twice", good().moved("a", state.Completed, state.Completed), 2}, // and not in the table
		{"not finished", good().created("c"), 2},                                    // and one too many
		{"from nowhere", good().moved("c", state.Queued, state.Dispatched, state.Completed), 2},
		{"not in the table", good().created("c").moved("c", state.Queued, state.InProgress, state.Completed), 2},
		{"not from where it was", good()[:4].moved("a", state.InProgress, state.Completed), 2}, // and b is not finished
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f Findings
			b := NewBatch("batch", &f)
			for _, e := range tt.events {
				b.Read(e)
			}
			b.End(2)
			if f.Total() != tt.want || f.Total() != f.Count(Events) {
				t.Errorf("%d findings; want %d: %v", f.Total(), tt.want, f.Shown())
			}
		})
	}
	var f Findings
	b := NewBatch("batch", &f)
	for _, e := range good() {
		b.Read(e)
	}
	if b.Losses != 1 || b.Repeated != 1 || b.Aside != 0 || b.Sequence != 12 {
		t.Errorf("%d losses, %d repeated, %d set aside, last event %d; want 1, 1, 0, 12", b.Losses, b.Repeated, b.Aside, b.Sequence)
	}
}

func TestASetAsideJobThatIsRetried(t *testing.T) {
	var f Findings
	b := NewBatch("batch", &f)
	for _, e := range (tale{}).created("a").moved("a", state.Queued, state.Dispatched, state.Failed).lost().
		moved("a", state.Failed, state.Queued, state.Dispatched, state.Completed) {
		b.Read(e)
	}
	b.End(1)
	if b.Losses != 1 || b.Repeated != 1 || b.Aside != 1 || f.Total() != 0 {
		t.Errorf("%d losses, %d repeated, %d set aside, findings %v; want 1, 1, 1, none", b.Losses, b.Repeated, b.Aside, f.Shown())
	}
}

func TestWatchers(t *testing.T) {
	for _, tt := range []struct {
		name      string
		sequences []int64
		want      int
	}{
		{"every event once", []int64{1, 2, 3}, 0},
		{"one missing", []int64{1, 3}, 1},
		{"one again", []int64{1, 2, 2, 3}, 1},
		{"not to the end", []int64{1, 2}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Findings
			var s Seen
			for _, n := range tt.sequences {
				s.See(n)
			}
			b := NewBatch("batch", &f)
			b.Sequence = 3
			b.Compare(s)
			if f.Count(Watch) != tt.want {
				t.Errorf("findings %v; want %d", f.Shown(), tt.want)
			}
		})
	}
}

func TestBound(t *testing.T) {
	if got := Bound(10, 2, 6, 8); got != 10*8+2*6*8 {
		t.Errorf("bound %d", got)
	}
}

func TestFindingsAreCountedAndBounded(t *testing.T) {
	var f Findings
	for range 3 * shownPerKind {
		f.Add(Lost, "job", "gone")
	}
	f.Add(Twice, "job", "%d times", 2)
	if f.Total() != 3*shownPerKind+1 || len(f.Shown()) != shownPerKind+1 {
		t.Errorf("%d findings, %d shown", f.Total(), len(f.Shown()))
	}
	if got := f.Shown()[shownPerKind].String(); got != "twice: job: 2 times" {
		t.Errorf("finding %q", got)
	}
}
