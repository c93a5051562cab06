package report

import (
	"fmt"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Quality tells what a look at a finished video found, and what the render took beside what was said before.
func Quality(m *renderv1.Manifest) []string {
	q, r := m.GetQuality(), m.GetReceipt()
	if q == nil {
		return nil
	}
	lines := []string{"quality: " + Verdict(q)}
	for _, c := range q.GetChecks() {
		if c.GetVerdict() == renderv1.QualityReport_PASS {
			continue
		}
		where := ""
		if c.GetSceneId() != "" {
			where = " in scene " + columns.Clean(c.GetSceneId())
		}
		lines = append(lines, fmt.Sprintf("  %s %s%s: %s", c.GetVerdict(), c.GetRule(), where, columns.Clean(c.GetMessage())))
	}
	if quote := r.GetQuote(); quote != nil {
		lines = append(lines, fmt.Sprintf("processor time: %.1f s; the quote was %.1f s, at most %.1f s",
			r.GetCpuDuration().AsDuration().Seconds(), quote.GetCpuDuration().AsDuration().Seconds(), quote.GetMaxCpuDuration().AsDuration().Seconds()))
	}
	return lines
}

// Verdict is a report in two words, such as "PASS 100".
func Verdict(q *renderv1.QualityReport) string {
	return fmt.Sprintf("%s %d", q.GetVerdict(), q.GetScore())
}
