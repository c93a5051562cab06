package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/fakescheduler"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/screen"
)

func TestExitCodesOfAWatch(t *testing.T) {
	tests := []struct {
		name   string
		state  schedulerv1.BulkJob_State
		change func(*fakescheduler.Scheduler)
		want   int
	}{
		{"all completed", schedulerv1.BulkJob_COMPLETED, nil, exitOK},
		{"some failed", schedulerv1.BulkJob_COMPLETED, failOne, exitFailed},
		{"sheet not readable", schedulerv1.BulkJob_FAILED, nil, exitFailed},
		{"cancelled", schedulerv1.BulkJob_CANCELLED, nil, exitCancelled},
		{"one video cancelled", schedulerv1.BulkJob_COMPLETED, func(f *fakescheduler.Scheduler) {
			f.Jobs[0].Progress.CancelledCount = 1
		}, exitCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t, tt.state)
			if tt.change != nil {
				tt.change(b.fake)
			}
			for _, output := range []string{"text", "json"} {
				if code := b.run("batch", "watch", "latest", "--output", output); code != tt.want {
					t.Errorf("exit code = %d, want %d; stderr: %s", code, tt.want, &b.stderr)
				}
			}
		})
	}
}

func TestWatchTellsEachLineOnceOverLostConnections(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	failOne(b.fake)
	b.fake.Cuts = []int{4}
	if code := b.run("batch", "watch", jobID); code != exitFailed {
		t.Errorf("exit code = %d, want %d", code, exitFailed)
	}
	want := `09:00:00  batch     created
09:00:00  row    2  queued     Why cats purr
09:00:00  row    2  started    Why cats purr
09:00:00  row    2  done       Why cats purr
09:00:00  row    3  queued     富士山の朝
09:00:00  row    3  started    富士山の朝
09:00:00  row    3  done       富士山の朝
09:00:00  row    4  queued     لماذا السماء زرقاء؟
09:00:00  row    4  started    لماذا السماء زرقاء؟
09:00:00  row    4  done       لماذا السماء زرقاء؟
09:00:00  batch     finished
Ideas: finished, 2 of 3 videos done, 1 failed, 1 row with errors, in 1:35 min

row  title                state   length  video
  2  Why cats purr        done      0:12  HTTP/v1/projects/default/bulkJobs/01935c7a-0000-7000-8000-0000000000aa/videoJobs/01935c7a-0000-7000-8000-000000000002/artifacts/video.mp4
  3  富士山の朝           failed
  4  لماذا السماء زرقاء؟  done      0:12  HTTP/v1/projects/default/bulkJobs/01935c7a-0000-7000-8000-0000000000aa/videoJobs/01935c7a-0000-7000-8000-000000000004/artifacts/video.mp4

row 3 failed: the font is missing

row 7, cell I7: duration "soon" is not a duration; write 45 or 0:45
`
	if diff := cmp.Diff(want, strings.ReplaceAll(b.stdout.String(), b.http, "HTTP")); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	if got := b.stderr.String(); got != "connection lost; trying to get it back\n" {
		t.Errorf("stderr = %q, want one word about the lost connection", got)
	}
}

func TestWatchAsJSONLines(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Cuts = []int{3}
	if code := b.run("batch", "watch", jobID, "--output", "json"); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	var got []int64
	token := ""
	for line := range strings.Lines(b.stdout.String()) {
		var m schedulerv1.WatchBulkJobResponse
		if err := protojson.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		for _, event := range m.GetEvents() {
			got = append(got, event.GetSequence())
		}
		token = m.GetResumeToken()
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if code := b.run("batch", "watch", jobID, "--output", "json", "--resume-token", token); code != exitOK {
		t.Errorf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	if strings.Contains(b.stdout.String(), `"events"`) {
		t.Errorf("after the last token events came again: %s", &b.stdout)
	}
}

func TestWatchOnATerminalRedrawsAndLeavesTheSummary(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.env.screen = screen.Screen{Live: true, Size: func() (int, int) { return 80, 24 }}
	if code := b.run("batch", "watch", jobID); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	out := b.stdout.String()
	if !strings.Contains(out, "3 of 3 done") || !strings.Contains(out, "100%") || !strings.Contains(out, "row    2  done") {
		t.Errorf("the view lacks the batch or a finished video: %q", out)
	}
	end := strings.LastIndex(out, "\x1b[J")
	if end < 0 || !strings.HasPrefix(out[end+len("\x1b[J"):], "Ideas: finished") {
		t.Errorf("the bars must be gone when the summary begins: %q", out)
	}
}

func TestWatchInterruptedSaysHowToGoOn(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_RUNNING)
	b.fake.Hold = true
	b.fake.Seen = make(chan struct{})
	interrupt := b.interruptible()
	go func() {
		<-b.fake.Seen
		interrupt()
	}()
	if code := b.run("batch", "watch", jobID); code != exitInterrupted {
		t.Errorf("exit code = %d, want %d", code, exitInterrupted)
	}
	if !strings.Contains(b.stderr.String(), "sheetreel batch watch "+jobID) {
		t.Errorf("stderr = %q, want the command to go on with", &b.stderr)
	}
}

func TestWatchDownloads(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	dir := t.TempDir()
	for _, want := range []string{"6 files written, 0 were there already", "0 files written, 6 were there already"} {
		if code := b.run("batch", "watch", jobID, "--download", dir); code != exitOK {
			t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
		}
		if !strings.Contains(b.stdout.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, &b.stdout)
		}
	}
	for _, file := range []string{"02-why-cats-purr/video.mp4", "03-富士山の朝/poster.jpg", "04-لماذا-السماء-زرقاء/video.mp4"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(file))); err != nil {
			t.Error(err)
		}
	}
}

func TestCreateSendsWhatTheFlagsSay(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_PENDING)
	code := b.run("batch", "create", "https://docs.google.com/spreadsheets/d/abc/edit#gid=7", "--range", "Ideas!A1:Z", "--name", "November",
		"--user", "ada", "--priority", "urgent", "--resolution", "1080", "--fps", "25", "--request-id", "r1", "--output", "json",
		"--template", "listicle", "--container", "webm", "--video-codec", "vp9", "--draft", "--loudness", "podcast", "--safe-area", "short-video",
		"--no-music", "--no-captions", "--provider", "house", "--fallback", "studio",
		"--not-before", "2026-12-01T09:00:00Z", "--due", "2026-12-01T12:00:00+01:00", "--deadline", "2026-12-02T00:00:00Z")
	if code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	var job map[string]any
	if err := json.Unmarshal(b.stdout.Bytes(), &job); err != nil || job["name"] != jobName {
		t.Errorf("output is not the bulk job: %v\n%s", err, &b.stdout)
	}
	got := b.fake.Requests()[0].(*schedulerv1.CreateBulkJobRequest)
	want := &schedulerv1.CreateBulkJobRequest{
		Parent: "projects/default", RequestId: "r1",
		BulkJob: &schedulerv1.BulkJob{
			DisplayName: "November", User: "ada", Priority: ingestv1.Priority_URGENT,
			RenderOptions: &schedulerv1.RenderOptions{
				Resolution: 1080, FrameRate: 25, Template: "listicle", Loudness: storyboardv1.Loudness_PODCAST, SafeArea: storyboardv1.SafeArea_SHORT_VIDEO,
				NoMusic: true, NoCaptions: true, Provider: "house", FallbackProviders: []string{"studio"},
				Output: &storyboardv1.Output{Container: storyboardv1.Output_WEBM, VideoCodec: storyboardv1.Output_VP9, Draft: true},
			},
			NotBeforeTime: &timestamppb.Timestamp{Seconds: 1796115600}, DueTime: &timestamppb.Timestamp{Seconds: 1796122800},
			DeadlineTime: &timestamppb.Timestamp{Seconds: 1796169600},
			Source: &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{
				Spreadsheet: "https://docs.google.com/spreadsheets/d/abc/edit#gid=7", Range: "Ideas!A1:Z",
			}}},
		},
	}
	if diff := cmp.Diff(protojson.Format(want), protojson.Format(got)); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestCreateAgainIsANewRequestEachTime(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_PENDING)
	b.run("batch", "create", "abc")
	b.run("batch", "create", "abc", "--again")
	b.run("batch", "create", "abc", "--again")
	var ids []string
	for _, r := range b.fake.Requests() {
		ids = append(ids, r.(*schedulerv1.CreateBulkJobRequest).GetRequestId())
	}
	if len(ids) != 3 || ids[0] != "" || ids[1] == "" || ids[1] == ids[2] {
		t.Errorf("request ids = %q, want none, then two different ones", ids)
	}
}

func TestCreateOfAnExistingBatchSaysSo(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	if code := b.run("batch", "create", "abc", "--watch"); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	if !strings.Contains(b.stdout.String(), "exists already (finished): nothing is rendered twice") {
		t.Errorf("output = %s", &b.stdout)
	}
}

func TestSteering(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_RUNNING)
	tests := []struct {
		command string
		more    []string
		want    string
	}{
		{"pause", nil, "paused"},
		{"resume", nil, "running"},
		{"cancel", nil, "cancelled"},
		{"retry", nil, "running"},
		{"priority", []string{"urgent"}, "running"},
	}
	for _, tt := range tests {
		if code := b.run(append([]string{"batch", tt.command, "01935c7a"}, tt.more...)...); code != exitOK {
			t.Errorf("%s: exit code = %d; stderr: %s", tt.command, code, &b.stderr)
		}
		if got, want := b.stdout.String(), jobID+" is now: "+tt.want+"\n"; got != want {
			t.Errorf("%s: output = %q, want %q", tt.command, got, want)
		}
	}
	ids := map[string]bool{}
	for _, r := range b.fake.Requests() {
		ids[r.(interface{ GetRequestId() string }).GetRequestId()] = true
	}
	if len(ids) != len(tests) || ids[""] {
		t.Errorf("request ids = %v, want one of its own for each", ids)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"state", []string{"batch", "cancel", "latest"}, exitError, "there is nothing to cancel"},
		{"unknown part of an id", []string{"batch", "get", "beef"}, exitError, "see: sheetreel batch list"},
		{"unknown id", []string{"batch", "get", strings.Replace(jobID, "aa", "bb", 1)}, exitError, "does not exist\nsee what is there with: sheetreel batch list"},
		{"wrong field", []string{"batch", "create", "abc", "--fps", "7", "--user", "ada lovelace"}, exitError, "bulk_job.user: "},
		{"second wrong field", []string{"batch", "create", "abc", "--fps", "7", "--user", "ada lovelace"}, exitError, "frame_rate: must be between 10 and 60"},
		{"lost file", []string{"ideas", "check", "nope.csv"}, exitError, "nope.csv: file does not exist"},
		{"lost lines", []string{"batch", "create", "nope.jsonl"}, exitError, "nope.jsonl: file does not exist"},
		{"delimiter of a spreadsheet", []string{"ideas", "check", "abc", "--delimiter", ";"}, exitError, "are for CSV files"},
		{"wrong enum", []string{"batch", "create", "abc", "--priority", "high"}, exitUsage, "see: sheetreel batch create --help"},
		{"two request ids", []string{"batch", "create", "abc", "--again", "--request-id", "x"}, exitUsage, "can't be used together"},
		{"no such command", []string{"batch", "lst"}, exitUsage, `did you mean one of "list"`},
		{"limit", []string{"batch", "list", "--limit", "0"}, exitUsage, "--limit 0: must be 1 or more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code := b.run(tt.args...); code != tt.code {
				t.Errorf("exit code = %d, want %d", code, tt.code)
			}
			if !strings.Contains(b.stderr.String(), tt.want) {
				t.Errorf("stderr lacks %q: %s", tt.want, &b.stderr)
			}
		})
	}
	b.server = "127.0.0.1:1" // nobody listens on the lowest port
	if code := b.run("batch", "list"); code != exitError || !strings.Contains(b.stderr.String(), "start it with: sheetreel up") {
		t.Errorf("without a server: exit code %d, stderr %s", code, &b.stderr)
	}
}

func TestListAndGet(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.run("batch", "list")
	want := "id                                    name   state     done  failed  created\n" +
		jobID + "  Ideas  finished   3/3       0  2026-11-24 09:00\n"
	if diff := cmp.Diff(want, b.stdout.String()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	b.run("batch", "get", "latest", "--output", "json")
	var got struct {
		BulkJob   struct{ Name string }
		VideoJobs []struct{ Name string }
	}
	if err := json.Unmarshal(b.stdout.Bytes(), &got); err != nil || got.BulkJob.Name != jobName || len(got.VideoJobs) != 3 {
		t.Errorf("get as JSON: %v\n%s", err, &b.stdout)
	}
	b.run("batch", "list", "--output", "json", "--project", "empty")
	if !json.Valid(b.stdout.Bytes()) {
		t.Errorf("list as JSON is no JSON: %s", &b.stdout)
	}
}

func TestIdeasCheck(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Check = &ingestv1.CheckIdeasResponse{
		Report: &ingestv1.ImportReport{
			SpreadsheetTitle: "Content plan", Range: "Ideas!A1:H20", HeaderRow: 1, RowCount: 3, ValidRowCount: 1, InvalidRowCount: 1, DuplicateRowCount: 1,
			Columns: []*ingestv1.ColumnMapping{
				{Column: "A", Header: "Idea title", Field: "title"},
				{Column: "B", Header: "Durration", Field: "var:Durration", Suggestion: "duration"},
			},
			Findings: []*ingestv1.Finding{
				{RowNumber: 3, Cell: "A3", Severity: ingestv1.Finding_ERROR, Message: "There is no title.", Suggestion: "Write one."},
				{RowNumber: 4, Severity: ingestv1.Finding_WARNING, Message: "repeats row 2"},
			},
		},
		Ideas: []*ingestv1.Idea{{RowNumber: 2, Title: "Why cats purr", Language: "en", AspectRatio: "9:16", Style: "modern", Priority: ingestv1.Priority_NORMAL}},
	}
	if code := b.run("ideas", "check", "abc"); code != exitFailed {
		t.Errorf("exit code = %d, want %d as rows would be left out", code, exitFailed)
	}
	want := `Content plan, Ideas!A1:H20: header in row 1
1 of 3 rows are fine, 1 left out with errors, 1 repeat an earlier row

column B "Durration": did you mean duration?
columns: A "Idea title" = title
kept as variables: B "Durration"

row  title          language  format  style   priority
  2  Why cats purr  en        9:16    modern  normal

row 3, cell A3: There is no title. Write one.
row 4: (warning) repeats row 2
`
	if diff := cmp.Diff(want, b.stdout.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}
