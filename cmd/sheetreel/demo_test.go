package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/paper"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/screen"
)

// showroom is a folder to run the demo in.
type showroom struct {
	provider       *paper.Provider
	stdout, stderr bytes.Buffer
	sheet          string
	args           []string
	out            string
}

func newShowroom(t *testing.T) *showroom {
	t.Helper()
	dir := t.TempDir()
	s := &showroom{provider: &paper.Provider{}, sheet: filepath.Join(dir, "ideas.csv"), out: filepath.Join(dir, "out")}
	s.write(t, "ID,Title,Script,Duration\na,Why cats purr,They feel safe.,\nb,富士山の朝,とても静かです。,\nc,,No title.,\nd,Tea,Tea is old.,soon\n")
	s.args = []string{"demo", "--sheet", s.sheet, "--data", filepath.Join(dir, "data"), "--out", s.out}
	return s
}

func (s *showroom) write(t *testing.T, csv string) {
	t.Helper()
	if err := os.WriteFile(s.sheet, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *showroom) run(ctx context.Context, args ...string) int {
	s.stdout.Reset()
	s.stderr.Reset()
	return execute(append(s.args, args...), &environment{
		ctx: ctx, stdout: &s.stdout, stderr: &s.stderr, zone: time.UTC,
		screen: screen.Screen{Size: func() (int, int) { return 0, 0 }},
		render: rendering{provider: s.provider, probe: paper.Probe},
	})
}

func TestDemoRendersOnceAndSaysWhatWasLeftOut(t *testing.T) {
	s := newShowroom(t)
	if code := s.run(t.Context()); code != exitOK {
		t.Fatalf("exit code = %d\n%s%s", code, &s.stdout, &s.stderr)
	}
	for _, want := range []string{"row    2  done", "2 of 2 videos done, 2 rows with errors", "row 4, cell B4: ", "row 5, cell D5: ", "the videos are in " + s.out, filepath.Join(s.out, "03-富士山の朝", "video.mp4")} {
		if !strings.Contains(s.stdout.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, &s.stdout)
		}
	}
	for _, file := range []string{"02-why-cats-purr/video.mp4", "02-why-cats-purr/poster.jpg", "02-why-cats-purr/manifest.json"} {
		if _, err := os.Stat(filepath.Join(s.out, filepath.FromSlash(file))); err != nil {
			t.Error(err)
		}
	}
	if code := s.run(t.Context()); code != exitOK || !strings.Contains(s.stdout.String(), "nothing is rendered again") {
		t.Errorf("second run: exit code = %d\n%s%s", code, &s.stdout, &s.stderr)
	}
	if strings.Contains(s.stdout.String(), "row    2  done") {
		t.Errorf("the second run tells old news:\n%s", &s.stdout)
	}
	if made := s.provider.Made(); len(made) != 2 {
		t.Errorf("rendered %q, want each title once", made)
	}
	s.write(t, "ID,Title,Script\na,Why cats purr,They feel safe.\n")
	if code := s.run(t.Context()); code != exitOK || !strings.Contains(s.stdout.String(), "1 of 1 videos done") {
		t.Errorf("an edited sheet: exit code = %d\n%s%s", code, &s.stdout, &s.stderr)
	}
}

func TestDemoTriesAgainWhatFailed(t *testing.T) {
	s := newShowroom(t)
	s.provider.Fail = "Why cats purr"
	if code := s.run(t.Context()); code != exitFailed || !strings.Contains(s.stdout.String(), "the paper is torn") {
		t.Errorf("exit code = %d, want %d and the reason\n%s%s", code, exitFailed, &s.stdout, &s.stderr)
	}
	s.provider.Fail = ""
	if code := s.run(t.Context()); code != exitOK || !strings.Contains(s.stdout.String(), "trying them again") {
		t.Errorf("second run: exit code = %d\n%s%s", code, &s.stdout, &s.stderr)
	}
	if made := s.provider.Made(); len(made) != 2 {
		t.Errorf("rendered %q, want each title once", made)
	}
}

func TestDemoInterruptedGoesOn(t *testing.T) {
	s := newShowroom(t)
	s.provider.Hold, s.provider.Busy = true, make(chan struct{}, 2)
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		<-s.provider.Busy
		interrupt()
	}()
	if code := s.run(ctx); code != exitInterrupted || !strings.Contains(s.stderr.String(), "to go on where it stopped: sheetreel demo") {
		t.Errorf("exit code = %d, want %d\n%s%s", code, exitInterrupted, &s.stdout, &s.stderr)
	}
	s.provider.Hold = false
	if code := s.run(t.Context()); code != exitOK || !strings.Contains(s.stdout.String(), "2 of 2 videos done") {
		t.Errorf("second run: exit code = %d\n%s%s", code, &s.stdout, &s.stderr)
	}
	if made := s.provider.Made(); len(made) != 2 {
		t.Errorf("rendered %q after the interruption, want each title once", made)
	}
}

func TestDemoStartsByWhatIsThere(t *testing.T) {
	tests := []struct {
		state schedulerv1.BulkJob_State
		say   string
		calls []proto.Message // after the first CreateBulkJob
	}{
		{schedulerv1.BulkJob_PENDING, "", nil},
		{schedulerv1.BulkJob_RUNNING, "going on where it stopped", nil},
		{schedulerv1.BulkJob_COMPLETED, "nothing is rendered again", nil},
		{schedulerv1.BulkJob_PAUSED, "", []proto.Message{&schedulerv1.ResumeBulkJobRequest{}}},
		{schedulerv1.BulkJob_FAILED, "trying them again", []proto.Message{&schedulerv1.RetryBulkJobRequest{}}},
		{schedulerv1.BulkJob_CANCELLED, "", []proto.Message{&schedulerv1.CreateBulkJobRequest{}}},
	}
	for _, tt := range tests {
		t.Run(tt.state.String(), func(t *testing.T) {
			b := setup(t, tt.state)
			cl, err := client.Dial(b.server)
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			create, err := demoCommand{}.create(t.Context(), clientFlags{Project: "default"}, "demo")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := (demoCommand{}).start(b.env, cl, create); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.stdout.String(), tt.say) || (tt.say == "") != (b.stdout.Len() == 0) {
				t.Errorf("output = %q, want %q", &b.stdout, tt.say)
			}
			var want, got []string
			for _, m := range append([]proto.Message{create}, tt.calls...) {
				want = append(want, string(m.ProtoReflect().Descriptor().Name()))
			}
			for _, m := range b.fake.Requests() {
				got = append(got, string(m.ProtoReflect().Descriptor().Name()))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpSaysWhereEverythingIsAndStops(t *testing.T) {
	s := newShowroom(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	told := &watchful{until: "Stop with Ctrl-C.", then: interrupt}
	code := execute([]string{"up", "--data", t.TempDir(), "--emulate", s.sheet, "--http-listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0"}, &environment{
		ctx: ctx, stdout: &s.stdout, stderr: told, zone: time.UTC, render: rendering{provider: s.provider, probe: paper.Probe},
	})
	if code != exitOK {
		t.Errorf("exit code = %d\n%s", code, &told.Buffer)
	}
	for _, want := range []string{"page   http://127.0.0.1:", "gRPC   127.0.0.1:", "sheet  demo (emulated)", "stopping"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, &told.Buffer)
		}
	}
}

func TestUpRefusesAddressesThatOthersCanReach(t *testing.T) {
	s := newShowroom(t)
	s.args = []string{"up", "--data", t.TempDir(), "--http-listen", "0.0.0.0:0"}
	if code := s.run(t.Context()); code != exitError || !strings.Contains(s.stderr.String(), "there is no authentication yet") {
		t.Errorf("exit code = %d\n%s", code, &s.stderr)
	}
}

// watchful is an output that acts once it holds a text.
type watchful struct {
	bytes.Buffer
	until string
	then  func()
}

func (w *watchful) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.until) {
		w.then()
	}
	return n, err
}
