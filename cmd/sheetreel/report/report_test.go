package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

func video(row int32, title string, state schedulerv1.VideoJob_State, length time.Duration, message string) *schedulerv1.VideoJob {
	v := &schedulerv1.VideoJob{Idea: &ingestv1.Idea{RowNumber: row, Title: title}, State: state}
	if length > 0 {
		v.VideoDuration = durationpb.New(length)
	}
	if message != "" {
		v.Error = &status.Status{Message: message}
	}
	return v
}

func videos() []*schedulerv1.VideoJob {
	return []*schedulerv1.VideoJob{
		video(2, "A title that is far too long for a narrow terminal", schedulerv1.VideoJob_COMPLETED, 12400*time.Millisecond, ""),
		video(3, "富士山の朝", schedulerv1.VideoJob_FAILED, 0, "no font for\nthis script"),
		video(4, "Twice", schedulerv1.VideoJob_SKIPPED, 0, "repeats row 2"),
		video(5, "An hour", schedulerv1.VideoJob_COMPLETED, time.Hour+65*time.Second, ""),
	}
}

func TestVideosKeepLinksWhole(t *testing.T) {
	link := func(v *schedulerv1.VideoJob) string {
		if v.GetState() != schedulerv1.VideoJob_COMPLETED {
			return ""
		}
		return "http://127.0.0.1:8080/video.mp4"
	}
	tests := []struct {
		name  string
		width int
		want  []string
	}{
		{"wide", 80, []string{
			"row  title                    state      length  video",
			"  2  A title that is far to…  done         0:12  http://127.0.0.1:8080/video.mp4",
			"  3  富士山の朝               failed",
			"  4  Twice                    left out",
			"  5  An hour                  done      1:01:05  http://127.0.0.1:8080/video.mp4",
		}},
		{"narrow", 40, []string{
			"row  title             state      length",
			"  2  A title that is…  done         0:12",
			"     http://127.0.0.1:8080/video.mp4",
			"  3  富士山の朝        failed",
			"  4  Twice             left out",
			"  5  An hour           done      1:01:05",
			"     http://127.0.0.1:8080/video.mp4",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Videos(videos(), tt.width, link, nil)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReasonsNameEveryRowWithoutAVideo(t *testing.T) {
	want := []string{"row 3 failed: no font for this script", "row 4 left out: repeats row 2"}
	if diff := cmp.Diff(want, Reasons(videos(), 10)); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	want = []string{"row 3 failed: no font for this script", "and 1 more; all of them with: --output json"}
	if diff := cmp.Diff(want, Reasons(videos(), 1)); diff != "" {
		t.Errorf("one reason (-want +got):\n%s", diff)
	}
}

func TestFinding(t *testing.T) {
	tests := []struct {
		name string
		in   *ingestv1.Finding
		want string
	}{
		{
			"cell", &ingestv1.Finding{RowNumber: 7, Cell: "I7", Severity: ingestv1.Finding_ERROR, Message: `duration "soon" is not a duration`, Suggestion: "write 45 or 0:45"},
			`row 7, cell I7: duration "soon" is not a duration; write 45 or 0:45`,
		},
		{
			"sentences", &ingestv1.Finding{RowNumber: 7, Cell: "B7", Severity: ingestv1.Finding_ERROR, Message: "The row has no title.", Suggestion: "Write one."},
			"row 7, cell B7: The row has no title. Write one.",
		},
		{"warning of a row", &ingestv1.Finding{RowNumber: 8, Severity: ingestv1.Finding_WARNING, Message: "repeats row 2"}, "row 8: (warning) repeats row 2"},
		{"of the sheet", &ingestv1.Finding{Severity: ingestv1.Finding_ERROR, Message: "two columns\x1b[2J are titles"}, "sheet: two columns[2J are titles"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Finding(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFindingsWithoutWarnings(t *testing.T) {
	r := &ingestv1.ImportReport{Findings: []*ingestv1.Finding{
		{RowNumber: 2, Severity: ingestv1.Finding_WARNING, Message: "odd"},
		{RowNumber: 3, Severity: ingestv1.Finding_ERROR, Message: "wrong"},
	}}
	if got := strings.Join(Findings(r, false, 10), "|"); got != "row 3: wrong" {
		t.Errorf("errors only = %q", got)
	}
	if got := len(Findings(r, true, 10)); got != 2 {
		t.Errorf("%d findings with warnings, want 2", got)
	}
}
