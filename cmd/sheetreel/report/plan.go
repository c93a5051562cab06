package report

import (
	"fmt"
	"strings"
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Plan tells what a video will be: its scenes, what will not look right, and what it will take.
func Plan(p *renderv1.RenderPlan, width int) []string {
	sb := p.GetStoryboard()
	c := sb.GetCanvas()
	lines := []string{fmt.Sprintf("%s: %s, %dx%d at %d frames a second, %s, %s", orUnnamed(columns.Clean(sb.GetTitle())),
		seconds(sb.GetDuration().AsDuration()), c.GetWidth(), c.GetHeight(), c.GetFrameRate(), sb.GetTemplate(), sb.GetTheme().GetStyle()), ""}
	head := []columns.Column{{Title: "scene"}, {Title: "start", Right: true}, {Title: "length", Right: true}, {Title: "shows"}, {Title: "headline", Flex: true}, {Title: "narration", Flex: true}}
	var rows [][]string
	for _, s := range sb.GetScenes() {
		rows = append(rows, []string{
			columns.Clean(s.GetId()), seconds(s.GetStart().AsDuration()), seconds(s.GetDuration().AsDuration()),
			columns.Clean(s.GetFigure() + s.GetHero().GetEmoji()), columns.Clean(s.GetHeadline()), columns.Clean(s.GetNarration()),
		})
	}
	lines = append(lines, columns.Table(head, rows, width)...)
	if len(p.GetWarnings()) > 0 {
		lines = append(lines, "")
	}
	for _, w := range p.GetWarnings() {
		where := strings.TrimSpace(columns.Clean(w.GetSceneId() + " " + w.GetField()))
		lines = append(lines, fmt.Sprintf("warning: %s: %s", where, columns.Clean(w.GetMessage())))
	}
	return append(lines, quoted(p.GetQuote())...)
}

// quoted says what a render will take.
func quoted(q *renderv1.Quote) []string {
	if q == nil {
		return nil
	}
	line := fmt.Sprintf("quote: %s of processor time (nine of ten below %s), about %s, %.1f MB", seconds(q.GetCpuDuration().AsDuration()),
		seconds(q.GetMaxCpuDuration().AsDuration()), seconds(q.GetRenderDuration().AsDuration()), float64(q.GetSizeBytes())/1e6)
	if q.CostMicros != nil {
		line += fmt.Sprintf(", %.2f %s", float64(q.GetCostMicros())/1e6, columns.Clean(q.GetCurrencyCode()))
	}
	lines := []string{"", line}
	for _, why := range q.GetExplanations() {
		lines = append(lines, "  "+columns.Clean(why))
	}
	return lines
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
