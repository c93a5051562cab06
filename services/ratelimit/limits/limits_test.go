package limits

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	v1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// file has limits of each kind that tests need.
const file = `limits:
  - {name: all, match: {action: x}, algorithm: sliding_log, capacity: 100, period: 60s}
  - {name: monthly, match: {action: x}, keys: [project], algorithm: calendar, capacity: 1000, unit: month, zone: Europe/Berlin, dry_run: true}
  - name: users
    match: {action: x}
    keys: [project, user]
    algorithm: sliding_log
    capacity: 10
    period: 60s
    overrides: [{name: demo, values: {project: demo}, capacity: 20, reason: pays}]
`

// bundle is the service behind a real gRPC server, over counters in memory.
type bundle struct {
	v1.RateLimitServiceClient
	book   *book.Book
	engine engine.Engine
	now    time.Time
}

func setup(t testing.TB) *bundle {
	t.Helper()
	path := filepath.Join(t.TempDir(), "limits.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &bundle{now: noon}
	clock := func() time.Time { return b.now }
	log := slog.New(slog.DiscardHandler)
	var err error
	if b.book, err = book.Open(t.Context(), book.Config{File: path}, book.Deps{Log: log, Clock: clock}); err != nil {
		t.Fatal(err)
	}
	b.engine = memory.New(memory.Config{Clock: clock})
	server, err := grpckit.NewServer(log)
	if err != nil {
		t.Fatal(err)
	}
	New(Deps{Book: b.book, Engine: b.engine, Clock: clock}).Register(server)
	listener := grpckit.NewInProcess()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	conn, err := listener.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	b.RateLimitServiceClient = v1.NewRateLimitServiceClient(conn)
	return b
}

// use charges a call.
func (b *bundle) use(t testing.TB, cost int64, project, user string) {
	t.Helper()
	lines := b.book.Set().Match(call(project, user), b.now, &match.Scratch{})
	out, err := b.engine.Decide(t.Context(), []engine.Need{{Lines: lines, Cost: cost, Least: cost}}, nil)
	if err != nil || out[0].Verdict != engine.Proceed {
		t.Fatalf("decide: %+v, %v", out, err)
	}
}

func call(project, user string) map[string]string {
	return map[string]string{"action": "x", "project": project, "user": user}
}

// must gives the answer of a call that succeeds.
func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(answer T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

func wantReason(t testing.TB, err error, code codes.Code, reason errs.Reason) {
	t.Helper()
	if status.Code(err) != code || errs.ReasonOf(err) != reason {
		t.Errorf("error %v with %v, want %v, %v", err, errs.ReasonOf(err), code, reason)
	}
}

func wantInvalid(t testing.TB, err error, field, description string) {
	t.Helper()
	bad, ok := errs.Detail[*errdetails.BadRequest](err)
	if !ok || status.Code(err) != codes.InvalidArgument {
		t.Errorf("error %v, want one of field %s", err, field)
		return
	}
	got := bad.GetFieldViolations()[0]
	if got.GetField() != field || description != "" && got.GetDescription() != description {
		t.Errorf("field %s: %s; want %s: %s", got.GetField(), got.GetDescription(), field, description)
	}
}

func seconds(n int) *durationpb.Duration { return durationpb.New(time.Duration(n) * time.Second) }

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

// withoutEtag is what does not matter to most comparisons.
func withoutEtag() cmp.Option {
	return cmp.Options{protocmp.Transform(), protocmp.IgnoreFields(&v1.Limit{}, "etag"), protocmp.IgnoreFields(&v1.LimitOverride{}, "etag")}
}

func bucket(capacity int32) *v1.Limit {
	return &v1.Limit{Keys: []string{"project"}, Match: map[string]string{"action": "y"}, Algorithm: v1.Limit_TOKEN_BUCKET, Capacity: capacity, Period: seconds(60)}
}

func TestLimitsAreMadeChangedAndDeleted(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	made := must[*v1.Limit](t)(b.CreateLimit(ctx, &v1.CreateLimitRequest{LimitId: "new", Limit: bucket(5)}))
	want := bucket(5)
	want.Name, want.Origin, want.Outage, want.Effect = "limits/new", v1.Limit_API, v1.Limit_LOCAL_SHARE, &v1.LimitEffect{}
	if diff := cmp.Diff(want, made, withoutEtag()); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	want.Effect = nil
	got := must[*v1.Limit](t)(b.GetLimit(ctx, &v1.GetLimitRequest{Name: "limits/new"}))
	if diff := cmp.Diff(want, got, withoutEtag()); diff != "" {
		t.Errorf("got (-want +got):\n%s", diff)
	}
	if got.GetEtag() == "" || got.GetEtag() != made.GetEtag() {
		t.Errorf("etag %q, then %q", made.GetEtag(), got.GetEtag())
	}

	_, err := b.CreateLimit(ctx, &v1.CreateLimitRequest{LimitId: "new", Limit: bucket(6)})
	wantReason(t, err, codes.AlreadyExists, errorsv1.ErrorReason_RESOURCE_EXISTS)

	changed := must[*v1.Limit](t)(b.UpdateLimit(ctx, &v1.UpdateLimitRequest{
		Limit: &v1.Limit{Name: "limits/new", Capacity: 7, Etag: got.GetEtag()}, UpdateMask: mask("capacity", "etag", "name"),
	}))
	if changed.GetCapacity() != 7 || changed.GetPeriod().AsDuration() != time.Minute {
		t.Errorf("changed %v", changed)
	}
	_, err = b.UpdateLimit(ctx, &v1.UpdateLimitRequest{
		Limit: &v1.Limit{Name: "limits/new", Capacity: 8, Etag: got.GetEtag()}, UpdateMask: mask("capacity"),
	})
	wantReason(t, err, codes.Aborted, errorsv1.ErrorReason_ETAG_MISMATCH)
	_, err = b.DeleteLimit(ctx, &v1.DeleteLimitRequest{Name: "limits/new", Etag: got.GetEtag()})
	wantReason(t, err, codes.Aborted, errorsv1.ErrorReason_ETAG_MISMATCH)

	if _, err := b.DeleteLimit(ctx, &v1.DeleteLimitRequest{Name: "limits/new", Etag: changed.GetEtag()}); err != nil {
		t.Fatal(err)
	}
	_, err = b.GetLimit(ctx, &v1.GetLimitRequest{Name: "limits/new"})
	wantReason(t, err, codes.NotFound, errorsv1.ErrorReason_RESOURCE_NOT_FOUND)
}

func TestALimitOfTheFileIsChangedAboveIt(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	_, err := b.DeleteLimit(ctx, &v1.DeleteLimitRequest{Name: "limits/users"})
	wantReason(t, err, codes.FailedPrecondition, errorsv1.ErrorReason_LIMIT_NOT_DELETABLE)
	changed := must[*v1.Limit](t)(b.UpdateLimit(ctx, &v1.UpdateLimitRequest{Limit: &v1.Limit{Name: "limits/users", DryRun: true}, UpdateMask: mask("dry_run")}))
	if !changed.GetDryRun() || changed.GetOrigin() != v1.Limit_API || changed.GetOverrideCount() != 1 || changed.GetCapacity() != 10 {
		t.Errorf("changed %v", changed)
	}
	if _, err := b.DeleteLimit(ctx, &v1.DeleteLimitRequest{Name: "limits/users"}); err != nil {
		t.Fatal(err)
	}
	back := must[*v1.Limit](t)(b.GetLimit(ctx, &v1.GetLimitRequest{Name: "limits/users"}))
	if back.GetDryRun() || back.GetOrigin() != v1.Limit_FILE {
		t.Errorf("back %v", back)
	}
}

func TestBadLimitsNameFieldAndReason(t *testing.T) {
	b := setup(t)
	create := func(change func(*v1.Limit)) error {
		l := bucket(5)
		change(l)
		_, err := b.CreateLimit(t.Context(), &v1.CreateLimitRequest{LimitId: "new", Limit: l})
		return err
	}
	update := func(l *v1.Limit, paths ...string) error {
		_, err := b.UpdateLimit(t.Context(), &v1.UpdateLimitRequest{Limit: l, UpdateMask: mask(paths...)})
		return err
	}
	_, noLimit := b.CreateLimit(t.Context(), &v1.CreateLimitRequest{LimitId: "new"})
	_, badID := b.CreateLimit(t.Context(), &v1.CreateLimitRequest{LimitId: "New", Limit: bucket(5)})
	tests := []struct {
		name, field, description string
		err                      error
	}{
		{"no limit", "limit", "", noLimit},
		{"a bad id", "limit_id", "", badID},
		{"no algorithm", "limit.algorithm", `"" is none of sliding_log, token_bucket, sliding_counter, calendar, concurrency`, create(func(l *v1.Limit) { l.Algorithm = 0 })},
		{"no capacity", "limit.capacity", "0 must be a whole number from 1 to 100000", create(func(l *v1.Limit) { l.Capacity = 0 })},
		{"no period", "limit.period", `"0s" must be a duration from 1ms to 744h0m0s, for example 60s`, create(func(l *v1.Limit) { l.Period = nil })},
		{"nanoseconds", "limit.period", "must be in whole microseconds", create(func(l *v1.Limit) { l.Period = durationpb.New(time.Second + 1) })},
		{"a zone without a calendar", "limit.time_zone", "is for a calendar only", create(func(l *v1.Limit) { l.TimeZone = "UTC" })},
		{"a bad key", "limit.keys", `"A" must match ^[a-z][a-z0-9_]{0,30}$`, create(func(l *v1.Limit) { l.Keys = []string{"A"} })},
		{
			"an upstream that could get more", "limit.upstream", "allows 300 in any 60 s, and more could be sent: new: 300 at once + 5/s x 60 s = 599 > 300",
			create(func(l *v1.Limit) { l.Capacity, l.Upstream = 300, &v1.UpstreamCap{Capacity: 300, Period: seconds(60)} }),
		},
		{"another field", "update_mask", "", update(&v1.Limit{Name: "limits/users"}, "nonsense")},
		{"another resource", "limit.name", "", update(&v1.Limit{Name: "projects/users"}, "capacity")},
		{"a zone that is none", "limit.time_zone", `"Mars" is no time zone such as UTC or Europe/Berlin`, update(&v1.Limit{Name: "limits/monthly", TimeZone: "Mars"}, "time_zone")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantInvalid(t, test.err, test.field, test.description) })
	}
	if got := b.book.Set().Version(); got != 1 {
		t.Errorf("version %d, want 1: nothing was changed", got)
	}
}

func TestOverrides(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	ada := &v1.LimitOverride{Values: map[string]string{"project": "demo", "user": "ada"}, Capacity: 30, ExpireTime: timestamppb.New(noon.Add(time.Hour)), Reason: "launch"}
	create := func(id string, o *v1.LimitOverride) (*v1.LimitOverride, error) {
		return b.CreateLimitOverride(ctx, &v1.CreateLimitOverrideRequest{Parent: "limits/users", OverrideId: id, Override: o})
	}
	made := must[*v1.LimitOverride](t)(create("ada", ada))
	names := func() map[string]v1.LimitOverride_State {
		got := map[string]v1.LimitOverride_State{}
		for _, o := range must[*v1.ListLimitOverridesResponse](t)(b.ListLimitOverrides(ctx, &v1.ListLimitOverridesRequest{Parent: "limits/users"})).GetOverrides() {
			got[o.GetName()] = o.GetState()
		}
		return got
	}
	wantNames := func(want map[string]v1.LimitOverride_State) {
		t.Helper()
		if diff := cmp.Diff(want, names()); diff != "" {
			t.Errorf("overrides (-want +got):\n%s", diff)
		}
	}
	const adaName, demoName = "limits/users/overrides/ada", "limits/users/overrides/demo"
	wantNames(map[string]v1.LimitOverride_State{adaName: v1.LimitOverride_ACTIVE, demoName: v1.LimitOverride_ACTIVE})

	t.Run("bad ones", func(t *testing.T) {
		_, err := create("ada", ada)
		wantReason(t, err, codes.AlreadyExists, errorsv1.ErrorReason_RESOURCE_EXISTS)
		_, err = create("ada2", ada)
		wantInvalid(t, err, "override.values", "override ada is for project=demo,user=ada too, so neither would win")
		_, err = create("other", &v1.LimitOverride{Values: map[string]string{"sheet": "s"}, Capacity: 1})
		wantInvalid(t, err, "override.values", "sheet is no key of the rule; its keys are [project user]")
		_, err = create("other", &v1.LimitOverride{Values: map[string]string{"user": "u"}})
		wantInvalid(t, err, "override.capacity", "it must say a capacity or a period")
		_, err = create("other", &v1.LimitOverride{Values: map[string]string{"user": "u"}, Capacity: 1, ExpireTime: timestamppb.New(noon)})
		wantInvalid(t, err, "override.expire_time", "must be in the future")
		_, err = b.CreateLimitOverride(ctx, &v1.CreateLimitOverrideRequest{Parent: "limits/none", OverrideId: "x", Override: ada})
		wantReason(t, err, codes.NotFound, errorsv1.ErrorReason_RESOURCE_NOT_FOUND)
		_, err = b.DeleteLimitOverride(ctx, &v1.DeleteLimitOverrideRequest{Name: demoName})
		wantReason(t, err, codes.FailedPrecondition, errorsv1.ErrorReason_LIMIT_NOT_DELETABLE)
	})
	t.Run("changed", func(t *testing.T) {
		changed := must[*v1.LimitOverride](t)(b.UpdateLimitOverride(ctx, &v1.UpdateLimitOverrideRequest{
			Override: &v1.LimitOverride{Name: adaName, Capacity: 40, Etag: made.GetEtag()}, UpdateMask: mask("capacity"),
		}))
		if changed.GetCapacity() != 40 || changed.GetReason() != "launch" {
			t.Errorf("changed %v", changed)
		}
		_, err := b.UpdateLimitOverride(ctx, &v1.UpdateLimitOverrideRequest{
			Override: &v1.LimitOverride{Name: adaName, Capacity: 50, Etag: made.GetEtag()}, UpdateMask: mask("capacity"),
		})
		wantReason(t, err, codes.Aborted, errorsv1.ErrorReason_ETAG_MISMATCH)
	})
	t.Run("expired", func(t *testing.T) {
		b.now = noon.Add(time.Hour)
		wantNames(map[string]v1.LimitOverride_State{adaName: v1.LimitOverride_EXPIRED, demoName: v1.LimitOverride_ACTIVE})
		if _, err := create("ada2", &v1.LimitOverride{Values: ada.GetValues(), Capacity: 1}); err != nil { // it does not tie any more
			t.Fatal(err)
		}
	})
	t.Run("of a limit with other keys", func(t *testing.T) {
		must[*v1.Limit](t)(b.UpdateLimit(ctx, &v1.UpdateLimitRequest{Limit: &v1.Limit{Name: "limits/users", Keys: []string{"project"}}, UpdateMask: mask("keys")}))
		wantNames(map[string]v1.LimitOverride_State{
			adaName: v1.LimitOverride_UNFIT, "limits/users/overrides/ada2": v1.LimitOverride_UNFIT, demoName: v1.LimitOverride_ACTIVE,
		})
		if _, err := b.DeleteLimitOverride(ctx, &v1.DeleteLimitOverrideRequest{Name: adaName}); err != nil {
			t.Fatal(err)
		}
		_, err := b.GetLimitOverride(ctx, &v1.GetLimitOverrideRequest{Name: adaName})
		wantReason(t, err, codes.NotFound, errorsv1.ErrorReason_RESOURCE_NOT_FOUND)
	})
}

func TestARequestIsAnsweredTheSameAgain(t *testing.T) {
	b := setup(t)
	req := &v1.CreateLimitRequest{LimitId: "new", Limit: bucket(5), RequestId: "once"}
	first := must[*v1.Limit](t)(b.CreateLimit(t.Context(), req))
	must[*v1.Limit](t)(b.UpdateLimit(t.Context(), &v1.UpdateLimitRequest{Limit: &v1.Limit{Name: "limits/new", Capacity: 6}, UpdateMask: mask("capacity")}))
	again := must[*v1.Limit](t)(b.CreateLimit(t.Context(), req))
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Errorf("again (-first +second):\n%s", diff)
	}
	_, err := b.CreateLimit(t.Context(), &v1.CreateLimitRequest{LimitId: "new", Limit: bucket(9), RequestId: "once"})
	wantReason(t, err, codes.AlreadyExists, errorsv1.ErrorReason_REQUEST_ID_REUSED)
	drop := &v1.DeleteLimitRequest{Name: "limits/new", RequestId: "drop"}
	for range 2 {
		if _, err := b.DeleteLimit(t.Context(), drop); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADryRunTellsWhoWouldBeOver(t *testing.T) {
	b := setup(t)
	for user, cost := range map[string]int64{"ada": 9, "bob": 4, "eve": 6} {
		b.use(t, cost, "p", user)
	}
	b.use(t, 15, "demo", "ada") // has an override
	dry := must[*v1.Limit](t)(b.UpdateLimit(t.Context(), &v1.UpdateLimitRequest{
		Limit: &v1.Limit{Name: "limits/users", Capacity: 5}, UpdateMask: mask("capacity"), ValidateOnly: true,
	}))
	want := &v1.LimitEffect{KeyCount: 4, OverKeyCount: 2, OverKeys: []string{"project=p,user=ada", "project=p,user=eve"}}
	if diff := cmp.Diff(want, dry.GetEffect(), protocmp.Transform()); diff != "" || dry.GetCapacity() != 5 {
		t.Errorf("capacity %d, effect (-want +got):\n%s", dry.GetCapacity(), diff)
	}
	override := must[*v1.LimitOverride](t)(b.CreateLimitOverride(t.Context(), &v1.CreateLimitOverrideRequest{
		Parent: "limits/users", OverrideId: "p", Override: &v1.LimitOverride{Values: map[string]string{"project": "p"}, Capacity: 8}, ValidateOnly: true,
	}))
	want = &v1.LimitEffect{KeyCount: 3, OverKeyCount: 1, OverKeys: []string{"project=p,user=ada"}}
	if diff := cmp.Diff(want, override.GetEffect(), protocmp.Transform()); diff != "" {
		t.Errorf("effect of an override (-want +got):\n%s", diff)
	}
	all := must[*v1.Limit](t)(b.UpdateLimit(t.Context(), &v1.UpdateLimitRequest{
		Limit: &v1.Limit{Name: "limits/all", Capacity: 33}, UpdateMask: mask("capacity"), ValidateOnly: true,
	}))
	if diff := cmp.Diff(&v1.LimitEffect{KeyCount: 1, OverKeyCount: 1, OverKeys: []string{""}}, all.GetEffect(), protocmp.Transform()); diff != "" {
		t.Errorf("effect on the limit of all (-want +got):\n%s", diff)
	}
	if got := b.book.Set().Version(); got != 1 {
		t.Errorf("version %d, want 1: nothing was changed", got)
	}
}
