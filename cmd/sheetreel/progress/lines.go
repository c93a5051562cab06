package progress

import (
	"fmt"
	"math"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Style says how lines may look.
type Style struct {
	Width  int  // columns of the terminal; no line is longer
	Height int  // lines at most, 2 or more
	Color  bool // ANSI colours
	ASCII  bool // bars without block letters
}

// wide is from which width on a running video shows its bar and its stage.
const wide = 64

// Lines draws the batch: its bar first, then one line for each running video as far as the height allows.
func (b *Batch) Lines(s Style) []string {
	lines := b.head(s)
	running := b.Running()
	shown := running
	if room := max(1, s.Height-len(lines)); len(running) > room {
		shown = running[:room-1]
	}
	for _, event := range shown {
		lines = append(lines, video(event, s))
	}
	if hidden := len(running) - len(shown); hidden > 0 {
		lines = append(lines, s.dim(columns.Truncate(fmt.Sprintf("  and %d more", hidden), s.Width)))
	}
	return lines
}

// head is the name of the batch with its counts, in one line or two, and its bar.
func (b *Batch) head(s Style) []string {
	name := columns.Clean(b.job.GetDisplayName())
	counts := fitting(b.counts(), s.Width)
	var lines []string
	switch {
	case name == "":
		lines = []string{counts}
	case columns.Width(counts)+2+minName > s.Width:
		lines = []string{s.bold(columns.Truncate(name, s.Width)), counts}
	default:
		lines = []string{s.bold(columns.Truncate(name, s.Width-columns.Width(counts)-2)) + "  " + counts}
	}
	percent := b.job.GetProgress().GetPercent()
	label := fmt.Sprintf(" %3d%%", whole(percent))
	return append(lines, s.bar(percent, min(s.Width, 100)-len(label))+label)
}

// minName is how short a name may get beside the counts before it takes a line of its own.
const minName = 12

// counts are the facts about the batch, the most important ones first.
func (b *Batch) counts() []string {
	progress := b.job.GetProgress()
	counts := []string{BatchWord(b.state)}
	if total := progress.GetTotalCount(); total > 0 {
		counts = append(counts, fmt.Sprintf("%d of %d done", progress.GetCompletedCount(), total))
	}
	if n := progress.GetFailedCount(); n > 0 {
		counts = append(counts, fmt.Sprintf("%d failed", n))
	}
	if progress.GetEta() != nil && !Finished(b.state) {
		counts = append(counts, "about "+Length(progress.GetEta().AsDuration())+" left")
	}
	if progress.GetRateLimited() {
		counts = append(counts, "waiting for quota")
	}
	if n := progress.GetCancelledCount(); n > 0 {
		counts = append(counts, fmt.Sprintf("%d cancelled", n))
	}
	if n := progress.GetSkippedCount(); n > 0 {
		counts = append(counts, fmt.Sprintf("%d left out", n))
	}
	return counts
}

// fitting joins as many facts as fit into the width, at least the first.
func fitting(facts []string, width int) string {
	text := columns.Truncate(facts[0], width)
	for _, fact := range facts[1:] {
		longer := text + " · " + fact
		if columns.Width(longer) > width {
			break
		}
		text = longer
	}
	return text
}

// video is one running video: row, title, stage, bar, percent, time left.
func video(event *schedulerv1.JobEvent, s Style) string {
	progress := event.GetProgress()
	lead := fmt.Sprintf("  %4d  ", event.GetRowNumber())
	tail := fmt.Sprintf(" %3d%%", whole(progress.GetPercent()))
	title := columns.Clean(event.GetTitle())
	if s.Width < wide {
		return columns.Truncate(lead+columns.Fit(title, max(1, s.Width-len(lead)-len(tail)))+tail, s.Width)
	}
	left := ""
	if progress.GetEta() != nil {
		left = Length(progress.GetEta().AsDuration())
	}
	tail += columns.FitRight(left, 10)
	stage := progress.GetStage()
	if stage == "" {
		stage = "starting"
	}
	bar := (min(s.Width, 120) - len(lead) - len(tail) - 10) / 3
	room := min(s.Width, 120) - len(lead) - len(tail) - 10 - bar - 1
	return lead + columns.Fit(title, room) + " " + s.dim(columns.Fit(columns.Clean(stage), 9)) + " " + strings.TrimRight(s.bar(progress.GetPercent(), bar)+tail, " ")
}

// bar draws a share of width columns, to an eighth of a column.
func (s Style) bar(percent float64, width int) string {
	width = max(1, width)
	eighths := int(math.Floor(clamp(percent) / 100 * float64(width) * 8))
	full, part := eighths/8, eighths%8
	if s.ASCII {
		return strings.Repeat("#", full) + strings.Repeat("-", width-full)
	}
	filled := strings.Repeat("█", full)
	if part > 0 {
		filled += string([]rune(" ▏▎▍▌▋▊▉")[part])
		full++
	}
	return s.paint("36", filled) + s.dim(strings.Repeat("░", width-full))
}

// whole rounds down: 100 is only shown when all is done.
func whole(percent float64) int { return int(math.Floor(clamp(percent))) }

func clamp(percent float64) float64 {
	if math.IsNaN(percent) {
		return 0
	}
	return min(100, max(0, percent))
}

func (s Style) bold(text string) string { return s.paint("1", text) }

func (s Style) dim(text string) string { return s.paint("2", text) }

func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
