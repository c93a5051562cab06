package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/quality"
)

// fakeScheduler gives out the leases of a channel and notes what it is told. Its zero value answers OK to all.
type fakeScheduler struct {
	schedulerv1.UnimplementedLeaseServiceServer
	queue     chan *schedulerv1.Lease
	beats     chan *schedulerv1.LeaseReport
	completed chan *schedulerv1.CompleteVideoJobRequest
	failed    chan *schedulerv1.FailVideoJobRequest
	released  chan *schedulerv1.ReleaseVideoJobRequest
	refused   chan error // completions that got an error

	mu         sync.Mutex
	verdict    schedulerv1.LeaseStatus_Verdict
	unanswered bool  // heartbeats get no answer
	complete   error // answer to CompleteVideoJob, once
	polls      []int32
	providers  []string // asked for by the last poll
}

func newFakeScheduler() *fakeScheduler {
	return &fakeScheduler{
		queue: make(chan *schedulerv1.Lease, 10), beats: make(chan *schedulerv1.LeaseReport, 1000),
		completed: make(chan *schedulerv1.CompleteVideoJobRequest, 10), failed: make(chan *schedulerv1.FailVideoJobRequest, 10),
		released: make(chan *schedulerv1.ReleaseVideoJobRequest, 10), refused: make(chan error, 10), verdict: schedulerv1.LeaseStatus_OK,
	}
}

func (f *fakeScheduler) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// add queues a video job and gives its lease token.
func (f *fakeScheduler) add(id string, idea *ingestv1.Idea) string {
	token := "token-" + id
	f.queue <- &schedulerv1.Lease{
		LeaseToken: token, LeaseDuration: durationpb.New(30 * time.Second),
		VideoJob: &schedulerv1.VideoJob{Name: "projects/demo/bulkJobs/b/videoJobs/" + id, Attempt: 1, Idea: idea},
	}
	return token
}

func (f *fakeScheduler) LeaseVideoJobs(ctx context.Context, r *schedulerv1.LeaseVideoJobsRequest) (*schedulerv1.LeaseVideoJobsResponse, error) {
	f.set(func() { f.polls, f.providers = append(f.polls, r.GetMaxCount()), r.GetProviders() })
	wait := time.NewTimer(r.GetWaitDuration().AsDuration())
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-wait.C:
		return &schedulerv1.LeaseVideoJobsResponse{}, nil
	case l := <-f.queue:
		return &schedulerv1.LeaseVideoJobsResponse{Leases: []*schedulerv1.Lease{l}}, nil
	}
}

func (f *fakeScheduler) Heartbeat(ctx context.Context, r *schedulerv1.HeartbeatRequest) (*schedulerv1.HeartbeatResponse, error) {
	f.mu.Lock()
	verdict, unanswered := f.verdict, f.unanswered
	f.mu.Unlock()
	if unanswered {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	answer := &schedulerv1.HeartbeatResponse{}
	for _, l := range r.GetLeases() {
		f.beats <- l
		answer.Leases = append(answer.Leases, &schedulerv1.LeaseStatus{
			LeaseToken: l.GetLeaseToken(), Verdict: verdict, LeaseDuration: durationpb.New(30 * time.Second),
		})
	}
	return answer, nil
}

func (f *fakeScheduler) CompleteVideoJob(_ context.Context, r *schedulerv1.CompleteVideoJobRequest) (*schedulerv1.CompleteVideoJobResponse, error) {
	f.mu.Lock()
	err := f.complete
	f.complete = nil
	f.mu.Unlock()
	if err != nil {
		f.refused <- err
		return nil, err
	}
	f.completed <- r
	return &schedulerv1.CompleteVideoJobResponse{}, nil
}

func (f *fakeScheduler) FailVideoJob(_ context.Context, r *schedulerv1.FailVideoJobRequest) (*schedulerv1.FailVideoJobResponse, error) {
	f.failed <- r
	return &schedulerv1.FailVideoJobResponse{State: schedulerv1.VideoJob_RETRYING}, nil
}

func (f *fakeScheduler) ReleaseVideoJob(_ context.Context, r *schedulerv1.ReleaseVideoJobRequest) (*schedulerv1.ReleaseVideoJobResponse, error) {
	f.released <- r
	return &schedulerv1.ReleaseVideoJobResponse{}, nil
}

// direct calls a server without a network, for tests in fake time.
type direct struct{ *fakeScheduler }

func (d direct) LeaseVideoJobs(ctx context.Context, r *schedulerv1.LeaseVideoJobsRequest, _ ...grpc.CallOption) (*schedulerv1.LeaseVideoJobsResponse, error) {
	return d.fakeScheduler.LeaseVideoJobs(ctx, r)
}

func (d direct) Heartbeat(ctx context.Context, r *schedulerv1.HeartbeatRequest, _ ...grpc.CallOption) (*schedulerv1.HeartbeatResponse, error) {
	return d.fakeScheduler.Heartbeat(ctx, r)
}

func (d direct) CompleteVideoJob(ctx context.Context, r *schedulerv1.CompleteVideoJobRequest, _ ...grpc.CallOption) (*schedulerv1.CompleteVideoJobResponse, error) {
	return d.fakeScheduler.CompleteVideoJob(ctx, r)
}

func (d direct) CompleteVideoJobs(ctx context.Context, r *schedulerv1.CompleteVideoJobsRequest, _ ...grpc.CallOption) (*schedulerv1.CompleteVideoJobsResponse, error) {
	return d.fakeScheduler.CompleteVideoJobs(ctx, r)
}

func (d direct) FailVideoJob(ctx context.Context, r *schedulerv1.FailVideoJobRequest, _ ...grpc.CallOption) (*schedulerv1.FailVideoJobResponse, error) {
	return d.fakeScheduler.FailVideoJob(ctx, r)
}

func (d direct) ReleaseVideoJob(ctx context.Context, r *schedulerv1.ReleaseVideoJobRequest, _ ...grpc.CallOption) (*schedulerv1.ReleaseVideoJobResponse, error) {
	return d.fakeScheduler.ReleaseVideoJob(ctx, r)
}

// fakeProvider writes small files, after step has let it.
type fakeProvider struct {
	started chan context.Context // gets the context of each render that starts
	step    func(ctx context.Context, r provider.Request) error
}

func newFakeProvider(step func(context.Context, provider.Request) error) *fakeProvider {
	return &fakeProvider{started: make(chan context.Context, 10), step: step}
}

func (*fakeProvider) Name() string { return "fake" }

func (p *fakeProvider) Render(ctx context.Context, r provider.Request) (*provider.Result, error) {
	p.started <- ctx
	if p.step != nil {
		if err := p.step(ctx, r); err != nil {
			return nil, err
		}
	}
	result := &provider.Result{Storyboard: r.Storyboard, Versions: map[string]string{"fake": "1"}}
	for name, path := range map[string]*string{
		"video.mp4": &result.Video, "poster.jpg": &result.Poster, "captions.srt": &result.SRT, "captions.vtt": &result.VTT,
	} {
		*path = filepath.Join(r.Dir, name)
		if err := os.WriteFile(*path, []byte(name+" of "+r.Storyboard.GetTitle()), 0o600); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// untilStopped renders for ever.
func untilStopped(ctx context.Context, _ provider.Request) error {
	<-ctx.Done()
	return fmt.Errorf("stopped: %w", ctx.Err())
}

// rig is a service over a fake scheduler.
type rig struct {
	*fakeScheduler
	provider *fakeProvider
	blob     *blob.Bucket
	scratch  string
	stop     func() // ends Run and waits for it
}

// newRig starts a service. dial connects it to the scheduler.
func newRig(t *testing.T, cfg Config, dial func(*testing.T, *fakeScheduler) schedulerv1.LeaseServiceClient, step func(context.Context, provider.Request) error, change ...func(*Deps)) *rig {
	t.Helper()
	r := &rig{fakeScheduler: newFakeScheduler(), provider: newFakeProvider(step), blob: memblob.OpenBucket(nil), scratch: t.TempDir()}
	cfg.WorkerName, cfg.Scratch, cfg.Assets.Dir = "w1", r.scratch, t.TempDir()
	if cfg.Workers == 0 {
		cfg.Workers = 2
	}
	deps := Deps{
		Leases: dial(t, r.fakeScheduler), Provider: r.provider, Blob: r.blob,
		Probe: func(_ context.Context, path string) (*renderv1.Media, error) {
			if _, err := os.Stat(path); err != nil {
				return nil, err
			}
			return &renderv1.Media{Width: 720, Height: 1280, Duration: durationpb.New(12 * time.Second), VideoCodec: "h264", AudioCodec: "aac"}, nil
		},
	}
	deps.Look = func(context.Context, quality.Job) (*quality.Report, error) {
		return &quality.Report{QualityReport: &renderv1.QualityReport{Verdict: renderv1.QualityReport_PASS, Score: 100}}, nil
	}
	for _, c := range change {
		c(&deps)
	}
	s, err := New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		left, err := filepath.Glob(filepath.Join(r.scratch, "*", "*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left in the scratch folder: %v, %v", left, err)
		}
	})
	t.Cleanup(func() {
		r.stop()
		r.blob.Close()
	})
	return r
}

// blobs are the keys in the blob store.
func (r *rig) blobs(t *testing.T) []string {
	t.Helper()
	var keys []string
	for object, err := range allBlobs(t.Context(), r.blob) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, object.Key)
	}
	return keys
}

func allBlobs(ctx context.Context, b *blob.Bucket) func(func(*blob.ListObject, error) bool) {
	return func(yield func(*blob.ListObject, error) bool) {
		list := b.List(nil)
		for {
			object, err := list.Next(ctx)
			if errors.Is(err, io.EOF) || !yield(object, err) || err != nil {
				return
			}
		}
	}
}

// leaseLost is how the scheduler refuses an old lease; busy is how a gateway between says that it is away.
func leaseLost() error { return errs.LeaseLost() }

func busy() error { return status.Error(codes.Unavailable, "away") }
