// Package report writes what is known at one moment for people: tables of bulk jobs, videos and ideas, and what was
// found in a sheet.
package report

import (
	"fmt"
	"path"
	"strings"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

// Videos is the table of a bulk job's videos. link gives what stands in the last column, or "". When links are too
// long for the width they stand on lines of their own: a link that is cut is worth nothing. verdicts are those of looks
// at the videos, by video job; nil when nobody knows them.
func Videos(videos []*schedulerv1.VideoJob, width int, link func(*schedulerv1.VideoJob) string, verdicts map[string]string) []string {
	head := []columns.Column{{Title: "row", Right: true}, {Title: "title", Flex: true}, {Title: "state"}, {Title: "length", Right: true}}
	if len(verdicts) > 0 {
		head = append(head, columns.Column{Title: "quality"})
	}
	rows := make([][]string, len(videos))
	links := make([]string, len(videos))
	longest := 0
	for i, video := range videos {
		length := ""
		if video.GetVideoDuration() != nil {
			length = clock(video.GetVideoDuration().AsDuration())
		}
		links[i] = link(video)
		longest = max(longest, columns.Width(links[i]))
		rows[i] = []string{
			fmt.Sprint(video.GetIdea().GetRowNumber()), columns.Clean(video.GetIdea().GetTitle()),
			progress.StateWord(video.GetState()), length,
		}
		if len(verdicts) > 0 {
			rows[i] = append(rows[i], verdicts[video.GetName()])
		}
	}
	if longest == 0 {
		return columns.Table(head, rows, width)
	}
	if beside := longest + minBeside; width <= 0 || beside <= width {
		head = append(head, columns.Column{Title: "video"})
		for i := range rows {
			rows[i] = append(rows[i], links[i])
		}
		return columns.Table(head, rows, width)
	}
	var lines []string
	for i, line := range columns.Table(head, rows, width) {
		lines = append(lines, line)
		if i > 0 && links[i-1] != "" {
			lines = append(lines, "     "+links[i-1])
		}
	}
	return lines
}

// minBeside is what the other columns need at least beside a link.
const minBeside = 40

// Reasons lists why videos have none to show: failed and left out ones, at most limit.
func Reasons(videos []*schedulerv1.VideoJob, limit int) []string {
	var lines []string
	for _, video := range videos {
		message := columns.Clean(video.GetError().GetMessage())
		switch video.GetState() {
		case schedulerv1.VideoJob_FAILED, schedulerv1.VideoJob_SKIPPED, schedulerv1.VideoJob_RETRYING:
			if message != "" {
				lines = append(lines, fmt.Sprintf("row %d %s: %s", video.GetIdea().GetRowNumber(), progress.StateWord(video.GetState()), message))
			}
		}
	}
	return bounded(lines, limit)
}

// Findings lists what was found in a sheet, at most limit lines; without warnings only what kept rows out.
func Findings(report *ingestv1.ImportReport, warnings bool, limit int) []string {
	var lines []string
	for _, f := range report.GetFindings() {
		if warnings || f.GetSeverity() == ingestv1.Finding_ERROR {
			lines = append(lines, Finding(f))
		}
	}
	return bounded(lines, limit)
}

// Finding is one finding: where it is, what is wrong, and what to write instead.
func Finding(f *ingestv1.Finding) string {
	place := "sheet"
	if f.GetRowNumber() > 0 {
		place = fmt.Sprintf("row %d", f.GetRowNumber())
	}
	if f.GetCell() != "" {
		place += ", cell " + columns.Clean(f.GetCell())
	}
	text := place + ": "
	if f.GetSeverity() == ingestv1.Finding_WARNING {
		text += "(warning) "
	}
	message, suggestion := columns.Clean(f.GetMessage()), columns.Clean(f.GetSuggestion())
	switch {
	case suggestion == "":
		return text + message
	case strings.HasSuffix(message, "."):
		return text + message + " " + suggestion
	}
	return text + message + "; " + suggestion
}

func bounded(lines []string, limit int) []string {
	if limit > 0 && len(lines) > limit {
		rest := len(lines) - limit
		lines = append(lines[:limit:limit], fmt.Sprintf("and %d more; all of them with: --output json", rest))
	}
	return lines
}

// BulkJobs is the table of a project's bulk jobs. Times are shown in the zone.
func BulkJobs(jobs []*schedulerv1.BulkJob, width int, zone *time.Location) []string {
	head := []columns.Column{{Title: "id"}, {Title: "name", Flex: true}, {Title: "state"}, {Title: "done", Right: true}, {Title: "failed", Right: true}, {Title: "created"}}
	rows := make([][]string, len(jobs))
	for i, job := range jobs {
		p := job.GetProgress()
		rows[i] = []string{
			path.Base(job.GetName()), columns.Clean(job.GetDisplayName()), progress.BatchWord(job.GetState()),
			fmt.Sprintf("%d/%d", p.GetCompletedCount(), p.GetTotalCount()), fmt.Sprint(p.GetFailedCount()),
			job.GetCreateTime().AsTime().In(zone).Format("2006-01-02 15:04"),
		}
	}
	return columns.Table(head, rows, width)
}

// clock writes the length of a video: 0:12, 1:05, 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
