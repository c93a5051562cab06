package scheduler

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

// bubble is a scheduler on a real store in fake time.
type bubble struct {
	*testing.T
	s *Service
}

// inBubble runs a test in fake time, with the loops that are named.
func inBubble(t *testing.T, config Config, test func(b *bubble), loops ...func(*Service, context.Context) error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		config.LeaseDuration = 30 * time.Second
		s, err := New(config, Deps{Store: db, Quota: newAllowance(nil), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var owner sync.WaitGroup
		owner.Go(func() { _ = s.dispatch.run(ctx) })
		for _, loop := range loops {
			owner.Go(func() { _ = loop(s, ctx) })
		}
		t.Cleanup(func() {
			cancel()
			owner.Wait()
			db.Close()
		})
		test(&bubble{T: t, s: s})
	})
}

func (b *bubble) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// imported makes a bulk job of n video jobs.
func (b *bubble) imported(policy *schedulerv1.RetryPolicy, n int) *schedulerv1.BulkJob {
	b.Helper()
	job, err := b.s.CreateBulkJob(b.Context(), &schedulerv1.CreateBulkJobRequest{Parent: "projects/demo", BulkJob: &schedulerv1.BulkJob{
		RetryPolicy: policy, Source: &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "demo"}}},
	}})
	b.must(err)
	lease, err := b.s.LeaseImport(b.Context(), &schedulerv1.LeaseImportRequest{Worker: "reader"})
	b.must(err)
	in := &schedulerv1.AppendVideoJobsRequest{LeaseToken: lease.GetLeaseToken()}
	for i := range n {
		in.VideoJobs = append(in.VideoJobs, &schedulerv1.NewVideoJob{Idea: &ingestv1.Idea{
			RowKey: string(rune('a' + i)), RowNumber: int32(i + 2), Title: "A title", Script: "Say it.", Style: "bold", Priority: ingestv1.Priority_NORMAL,
		}})
	}
	_, err = b.s.AppendVideoJobs(b.Context(), in)
	b.must(err)
	_, err = b.s.CompleteImport(b.Context(), &schedulerv1.CompleteImportRequest{LeaseToken: lease.GetLeaseToken(), Report: &ingestv1.ImportReport{}})
	b.must(err)
	return job
}

// lease waits for the next video job.
func (b *bubble) lease() *schedulerv1.Lease {
	b.Helper()
	out, err := b.s.LeaseVideoJobs(b.Context(), &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: 1, WaitDuration: durationpb.New(48 * time.Hour)})
	b.must(err)
	if len(out.GetLeases()) != 1 {
		b.Fatalf("%d leases, want one", len(out.GetLeases()))
	}
	return out.GetLeases()[0]
}

// fail ends an attempt and gives the video job as it is then.
func (b *bubble) fail(l *schedulerv1.Lease, class schedulerv1.FailureClass, why *statuspb.Status) *schedulerv1.VideoJob {
	b.Helper()
	out, err := b.s.FailVideoJob(b.Context(), &schedulerv1.FailVideoJobRequest{LeaseToken: l.GetLeaseToken(), FailureClass: class, Error: why})
	b.must(err)
	v, err := b.s.GetVideoJob(b.Context(), &schedulerv1.GetVideoJobRequest{Name: l.GetVideoJob().GetName()})
	b.must(err)
	if v.GetState() != out.GetState() {
		b.Errorf("state %v, told %v", v.GetState(), out.GetState())
	}
	return v
}

func (b *bubble) letters() []*schedulerv1.DeadLetter {
	b.Helper()
	out, err := b.s.ListDeadLetters(b.Context(), &schedulerv1.ListDeadLettersRequest{Parent: "projects/demo"})
	b.must(err)
	return out.GetDeadLetters()
}

var broken = &statuspb.Status{Code: int32(codes.Internal), Message: "ffmpeg died"}

func TestDefaultRetryPolicyIsTemplateA(t *testing.T) {
	got := backoff(withDefaults(&schedulerv1.BulkJob{}).GetRetryPolicy())
	want := retry.TemplateA()
	want.MaxElapsed = 0 // a policy of the API has none: renderings take longer than calls
	if got != want {
		t.Errorf("default policy %+v, want template A %+v", got, want)
	}
}

// Each wait is drawn evenly up to a bound; drawn near their ends, the waits are the bounds themselves.
func TestRetriesFollowTheirSchedule(t *testing.T) {
	b := retry.TemplateB()
	for name, c := range map[string]struct {
		policy *schedulerv1.RetryPolicy
		bounds []time.Duration // of the waits, one less than attempts
	}{
		"template A, by default": {nil, []time.Duration{1e9, 3e9, 9e9, 27e9, 60e9}},
		"template B": {&schedulerv1.RetryPolicy{
			MaxAttempts: int32(b.MaxAttempts), InitialBackoff: durationpb.New(b.Initial), MaxBackoff: durationpb.New(b.Max), Multiplier: b.Multiplier,
		}, []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9, 64e9, 64e9, 64e9}},
		"linear, the caller's": {&schedulerv1.RetryPolicy{
			MaxAttempts: 4, InitialBackoff: durationpb.New(time.Hour), MaxBackoff: durationpb.New(2 * time.Hour), Multiplier: 1,
		}, []time.Duration{time.Hour, time.Hour, time.Hour}},
		"never": {&schedulerv1.RetryPolicy{MaxAttempts: 1}, nil},
	} {
		for draw, share := range map[string]float64{"longest": 1 - 1e-12, "half": 0.5, "none": 0} {
			t.Run(name+", "+draw, func(t *testing.T) {
				inBubble(t, Config{}, func(b *bubble) {
					b.s.random = func() float64 { return share }
					b.imported(c.policy, 1)
					l := b.lease()
					for i, bound := range c.bounds {
						failed := time.Now()
						v := b.fail(l, schedulerv1.FailureClass_SYSTEM, broken)
						next := v.GetNextAttemptTime().AsTime()
						if wait, want := next.Sub(failed), time.Duration(share*float64(bound)); wait < want || wait > want+time.Millisecond {
							b.Fatalf("after attempt %d: wait %v, want %v", i+1, wait, want)
						}
						l = b.lease()
						if now := time.Now(); now.Sub(next).Abs() > time.Millisecond || l.GetVideoJob().GetAttempt() != int32(i+2) {
							b.Fatalf("attempt %d began at %v, want %d at %v", l.GetVideoJob().GetAttempt(), now, i+2, next)
						}
					}
					if v := b.fail(l, schedulerv1.FailureClass_SYSTEM, broken); v.GetState() != schedulerv1.VideoJob_FAILED {
						b.Errorf("after the last attempt: %v", v.GetState())
					}
					if got := b.letters(); len(got) != 1 || got[0].GetFailureClass() != schedulerv1.FailureClass_SYSTEM {
						b.Errorf("dead letters: %v", got)
					}
				})
			})
		}
	}
}

func TestFailureClassesRetryOrNot(t *testing.T) {
	retries := map[schedulerv1.FailureClass]bool{
		schedulerv1.FailureClass_FAILURE_CLASS_UNSPECIFIED: true, schedulerv1.FailureClass_TRANSIENT: true,
		schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED: true, schedulerv1.FailureClass_NETWORK: true, schedulerv1.FailureClass_SYSTEM: true,
		schedulerv1.FailureClass_PERMANENT: false, schedulerv1.FailureClass_INVALID_IDEA: false,
		schedulerv1.FailureClass_AUTHENTICATION: false, schedulerv1.FailureClass_POISON: false,
	}
	for number, name := range schedulerv1.FailureClass_name {
		class := schedulerv1.FailureClass(number)
		want, known := retries[class]
		if !known {
			t.Errorf("nobody has decided whether %s is tried again", name)
		}
		t.Run(name, func(t *testing.T) {
			inBubble(t, Config{}, func(b *bubble) {
				b.imported(nil, 1)
				v := b.fail(b.lease(), class, broken)
				if got := v.GetState() == schedulerv1.VideoJob_RETRYING; got != want {
					b.Errorf("state %v, want another attempt: %v", v.GetState(), want)
				}
				if letters := b.letters(); want != (len(letters) == 0) || !want && letters[0].GetFailureClass() != class {
					b.Errorf("dead letters: %v", letters)
				}
			})
		})
	}
}

func TestUpstreamSaysWhenToComeAgain(t *testing.T) {
	for name, c := range map[string]struct{ asked, want time.Duration }{
		"later than the policy":  {5 * time.Minute, 5 * time.Minute},
		"sooner than the policy": {time.Millisecond, 500 * time.Millisecond},
		"never again":            {1000 * time.Hour, 24 * time.Hour},
		"in the past":            {-time.Hour, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			limited, err := status.New(codes.ResourceExhausted, "slow down").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(c.asked)})
			if err != nil {
				t.Fatal(err)
			}
			inBubble(t, Config{}, func(b *bubble) {
				b.s.random = func() float64 { return 0.5 }
				b.imported(nil, 1)
				failed := time.Now()
				b.fail(b.lease(), schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED, limited.Proto())
				b.lease()
				if got := time.Since(failed); got < c.want || got > c.want+2*time.Millisecond {
					b.Errorf("the next attempt began after %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestLostWorkersPutAVideoJobAside(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		b.imported(nil, 1)
		for range store.MaxCrashes {
			leased := time.Now()
			b.lease() // and never heard of again
			if waited := time.Since(leased); waited > 32*time.Second {
				b.Errorf("the lease was given back after %v", waited)
			}
		}
		time.Sleep(32 * time.Second)
		got := b.letters()
		if len(got) != 1 || got[0].GetFailureClass() != schedulerv1.FailureClass_POISON || len(got[0].GetAttempts()) != store.MaxCrashes {
			b.Errorf("dead letters: %v", got)
		}
	}, (*Service).expireLoop)
}

func TestDeadLettersExpire(t *testing.T) {
	inBubble(t, Config{Keep: Keep{KeepDeadLetters: 10 * time.Minute}}, func(b *bubble) {
		b.imported(nil, 2)
		b.fail(b.lease(), schedulerv1.FailureClass_PERMANENT, broken)
		time.Sleep(5 * time.Minute)
		b.fail(b.lease(), schedulerv1.FailureClass_PERMANENT, broken)
		got := b.letters()
		if len(got) != 2 || got[1].GetExpireTime().AsTime().Sub(got[1].GetCreateTime().AsTime()) != 10*time.Minute {
			b.Fatalf("dead letters: %v", got)
		}
		time.Sleep(time.Until(got[1].GetExpireTime().AsTime()) + time.Minute + time.Second)
		if left := b.letters(); len(left) != 1 || left[0].GetName() != got[0].GetName() {
			b.Errorf("left: %v", left)
		}
		v, err := b.s.RetryVideoJob(b.Context(), &schedulerv1.RetryVideoJobRequest{Name: got[1].GetVideoJob()})
		b.must(err)
		if v.GetState() != schedulerv1.VideoJob_QUEUED {
			b.Errorf("after a retry: %v", v.GetState())
		}
	}, (*Service).expireLettersLoop)
}

// A job that becomes due between the look for candidates and the look for the next time must not be slept over.
func TestLeaseMissesNothingThatBecomesDueMeanwhile(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		ticks := time.Duration(0)
		b.s.now = func() time.Time {
			ticks += time.Millisecond // with each look at the clock
			return time.Now().Add(ticks)
		}
		b.s.random = func() float64 { return 0.75 }
		b.imported(&schedulerv1.RetryPolicy{InitialBackoff: durationpb.New(2 * time.Millisecond)}, 1)
		b.fail(b.lease(), schedulerv1.FailureClass_NETWORK, broken)
		b.lease()
	})
}
