package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// seen is what the events of a bulk job have told so far.
type seen struct {
	sequence int64
	bulk     []state.Bulk
	jobs     map[string][]state.Video
	progress map[string]int
	compared map[*modelJob]int // moves of the job when it was last compared with its attempts
}

// What a caller sees, of the store and of the model.
type (
	bulkView struct {
		State          state.Bulk
		Counts         store.Counts
		RunningPercent float64
		RenderTime     time.Duration
		ImportDone     bool
		Started, Ended time.Time
	}
	jobView struct {
		ID, Title, User, Worker string
		Position                int64
		State                   state.Video
		Priority                string
		Attempt                 int32
		Failures                int
		Percent                 float64
		Stage, Error            string
		Result                  bool
		Due, Started, Ended     time.Time
	}
	attemptView struct {
		Number        int32
		Worker, Error string
		Start, End    time.Time
	}
	letterView struct {
		ID      string
		Class   schedulerv1.FailureClass
		Created time.Time
	}
)

// same compares two views of something.
func same(t *rapid.T, what string, model, store any) {
	t.Helper()
	if diff := cmp.Diff(model, store); diff != "" {
		t.Fatalf("%s (-model +store):\n%s", what, diff)
	}
}

// compare compares everything that can be seen; the attempts of those video jobs only that have moved.
func (m *machine) compare(t *rapid.T) {
	for _, b := range m.model.bulks {
		m.compareBulk(t, b)
	}
	got, err := m.s.Candidates(m.ctx, store.Search{Limit: 100}, m.model.now)
	must(t, err)
	m.sameCandidates(t, got, m.model.candidates(""))
	due, ok, err := m.s.NextDue(m.ctx, m.model.now)
	must(t, err)
	wantDue, wantOK := m.model.nextDue()
	if ok != wantOK || !due.Equal(wantDue) {
		t.Fatalf("next due %v %v, want %v %v", due, ok, wantDue, wantOK)
	}
	m.compareLetters(t)
}

// compareAll also compares the attempts of all video jobs.
func (m *machine) compareAll(t *rapid.T) {
	for _, s := range m.seen {
		s.compared = map[*modelJob]int{}
	}
	m.compare(t)
}

func (m *machine) compareBulk(t *rapid.T, b *modelBulk) {
	got, err := m.s.BulkJob(m.ctx, b.BulkKey)
	must(t, err)
	want := bulkView{State: b.state, Counts: b.counts(), RenderTime: b.renderTime, ImportDone: b.importDone, Started: b.started, Ended: b.ended}
	for _, j := range b.jobs {
		want.RunningPercent += j.percent
	}
	same(t, "bulk job "+b.ID, want, bulkView{got.State, got.Counts, got.RunningPercent, got.RenderTime, got.ImportDone, got.Started, got.Ended})

	list, sequence, err := m.s.ListVideoJobs(m.ctx, b.BulkKey, 0, 100)
	must(t, err)
	var wantJobs, gotJobs []jobView
	for _, v := range list {
		gotJobs = append(gotJobs, viewOf(v))
	}
	for i, j := range b.jobs {
		wantJobs = append(wantJobs, j.view(i+1))
	}
	same(t, "video jobs of "+b.ID, wantJobs, gotJobs)
	m.compareEvents(t, b, sequence)
	m.compareAttempts(t, b)
}

func viewOf(v store.Video) jobView {
	return jobView{
		ID: v.Video, Title: v.Idea.GetTitle(), User: v.User, Worker: v.Worker, Position: v.Position, State: v.State, Priority: v.Priority.String(),
		Attempt: v.Attempt, Failures: v.Failures, Percent: v.Progress.GetPercent(), Stage: v.Progress.GetStage(), Error: v.Error.GetMessage(),
		Result: len(v.Result.Artifacts) > 0, Due: v.Due, Started: v.Started, Ended: v.Ended,
	}
}

func (j *modelJob) view(position int) jobView {
	return jobView{
		ID: j.key.Video, Title: j.title, User: j.bulk.user, Worker: j.worker, Position: int64(position), State: j.state, Priority: j.priority.String(),
		Attempt: j.attempt, Failures: j.failures, Percent: j.percent, Stage: j.stage, Error: j.err,
		Result: j.made, Due: j.due, Started: j.start, Ended: j.ended,
	}
}

// compareAttempts compares the attempts of the video jobs that have moved since the last time.
func (m *machine) compareAttempts(t *rapid.T, b *modelBulk) {
	s := m.seen[b]
	for _, j := range b.jobs {
		if s.compared[j] == len(j.history) {
			continue
		}
		s.compared[j] = len(j.history)
		v, err := m.s.VideoJob(m.ctx, j.key)
		must(t, err)
		var want, got []attemptView
		for _, a := range j.attempts {
			want = append(want, attemptView{a.number, a.worker, a.err, a.start, a.end})
		}
		if state.Running(j.state) || j.state == state.Completed {
			want = append(want, attemptView{Number: j.attempt, Worker: j.worker, Start: j.start, End: j.ended})
		}
		for _, a := range v.Attempts {
			view := attemptView{Number: a.GetNumber(), Worker: a.GetWorker(), Error: a.GetError().GetMessage(), Start: a.GetStartTime().AsTime()}
			if a.GetEndTime() != nil {
				view.End = a.GetEndTime().AsTime()
			}
			got = append(got, view)
		}
		same(t, "attempts of "+j.key.Video, want, got)
	}
}

func (m *machine) compareLetters(t *rapid.T) {
	list, err := m.s.ListDeadLetters(m.ctx, store.LetterFilter{Project: "demo"}, store.LetterPlace{}, 100)
	must(t, err)
	var want, got []letterView
	for _, j := range m.model.letters() {
		want = append(want, letterView{j.key.Video, j.letter.class, j.letter.created})
	}
	for _, d := range list {
		got = append(got, letterView{d.Video.Video, d.Class, d.Created})
	}
	same(t, "dead letters", want, got)
}

// compareEvents reads the new events of a bulk job: without a gap, each transition from where the job was, and in the
// end as often and as far as the model has moved.
func (m *machine) compareEvents(t *rapid.T, b *modelBulk, sequence int64) {
	s := m.seen[b]
	if s == nil {
		s = &seen{jobs: map[string][]state.Video{}, progress: map[string]int{}, compared: map[*modelJob]int{}}
		m.seen[b] = s
	}
	events, err := m.s.Events(m.ctx, b.BulkKey, s.sequence, 10000)
	must(t, err)
	for _, e := range events {
		s.sequence++
		if e.GetSequence() != s.sequence {
			t.Fatalf("event %d of %s has sequence %d", s.sequence, b.ID, e.GetSequence())
		}
		s.take(t, e)
	}
	if s.sequence != sequence {
		t.Fatalf("the last event of %s is %d, the bulk job says %d", b.ID, s.sequence, sequence)
	}
	same(t, "states of "+b.ID+" by its events", b.history, s.bulk)
	for _, j := range b.jobs {
		same(t, "states of "+j.key.Video+" by its events", j.history, s.jobs[j.key.Name()])
		same(t, "events of progress of "+j.key.Video, j.progressEvents, s.progress[j.key.Name()])
	}
}

func (s *seen) take(t *rapid.T, e *schedulerv1.JobEvent) {
	name := e.GetVideoJob()
	switch e.GetType() {
	case schedulerv1.JobEvent_BULK_JOB_CREATED, schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED:
		s.bulk = append(s.bulk, e.GetBulkJobState())
	case schedulerv1.JobEvent_VIDEO_JOB_CREATED:
		s.jobs[name] = append(s.jobs[name], e.GetVideoJobState())
	case schedulerv1.JobEvent_VIDEO_JOB_PROGRESS:
		s.progress[name]++
	case schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED:
		was := s.jobs[name]
		if len(was) == 0 || was[len(was)-1] != e.GetPreviousVideoJobState() || !state.VideoMayBecome(e.GetPreviousVideoJobState(), e.GetVideoJobState()) {
			t.Fatalf("event %d: %s goes from %v to %v, and was %v", e.GetSequence(), name, e.GetPreviousVideoJobState(), e.GetVideoJobState(), was)
		}
		s.jobs[name] = append(was, e.GetVideoJobState())
	}
}
