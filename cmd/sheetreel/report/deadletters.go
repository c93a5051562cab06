package report

import (
	"fmt"
	"path"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// DeadLetters is the table of dead letters.
func DeadLetters(letters []*schedulerv1.DeadLetter, width int, zone *time.Location) []string {
	head := []columns.Column{
		{Title: "dead letter"}, {Title: "gave up"}, {Title: "class"}, {Title: "row", Right: true}, {Title: "title", Flex: true}, {Title: "error", Flex: true},
	}
	var rows [][]string
	for _, d := range letters {
		rows = append(rows, []string{
			path.Base(d.GetName()), moment(d.GetCreateTime(), zone), ClassWord(d.GetFailureClass()),
			fmt.Sprint(d.GetIdea().GetRowNumber()), columns.Clean(d.GetIdea().GetTitle()), columns.Clean(d.GetError().GetMessage()),
		})
	}
	return columns.Table(head, rows, width)
}

// DeadLetter tells everything about one dead letter.
func DeadLetter(d *schedulerv1.DeadLetter, zone *time.Location) []string {
	lines := []string{
		fmt.Sprintf("row %d: %s", d.GetIdea().GetRowNumber(), columns.Clean(d.GetIdea().GetTitle())),
		"video job  " + d.GetVideoJob(),
		"gave up    " + moment(d.GetCreateTime(), zone),
		"class      " + ClassWord(d.GetFailureClass()),
		"error      " + columns.Clean(d.GetError().GetMessage()),
	}
	if d.GetExpireTime() != nil {
		lines = append(lines, "expires    "+moment(d.GetExpireTime(), zone))
	}
	for _, a := range d.GetAttempts() {
		lines = append(lines, fmt.Sprintf("attempt %d  %s to %s on %s: %s", a.GetNumber(), moment(a.GetStartTime(), zone), moment(a.GetEndTime(), zone),
			columns.Clean(a.GetWorker()), orHandedBack(columns.Clean(a.GetError().GetMessage()))))
	}
	return lines
}

func orHandedBack(message string) string {
	if message == "" {
		return "handed back"
	}
	return message
}

// ClassWord is a class of failure as people write it.
func ClassWord(c schedulerv1.FailureClass) string {
	return strings.ReplaceAll(strings.ToLower(c.String()), "_", "-")
}

func moment(t *timestamppb.Timestamp, zone *time.Location) string {
	if t == nil {
		return "?"
	}
	return t.AsTime().In(zone).Format(time.DateTime)
}
