package report

import (
	"path"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// ConnectedSheets is the table of connected sheets.
func ConnectedSheets(sheets []*schedulerv1.ConnectedSheet, width int, zone *time.Location) []string {
	head := []columns.Column{{Title: "connected sheet"}, {Title: "state"}, {Title: "looked at"}, {Title: "spreadsheet", Flex: true}, {Title: "problem", Flex: true}}
	var rows [][]string
	for _, s := range sheets {
		looked := "not yet"
		if s.GetPollTime() != nil {
			looked = moment(s.GetPollTime(), zone)
		}
		rows = append(rows, []string{
			path.Base(s.GetName()), strings.ToLower(s.GetState().String()), looked,
			columns.Clean(s.GetBulkJob().GetSource().GetGoogleSheet().GetSpreadsheet()), columns.Clean(s.GetError().GetMessage()),
		})
	}
	return columns.Table(head, rows, width)
}

// ConnectedSheet says all of one connected sheet.
func ConnectedSheet(s *schedulerv1.ConnectedSheet, zone *time.Location) []string {
	sheet := s.GetBulkJob().GetSource().GetGoogleSheet()
	lines := []string{
		"connected sheet  " + path.Base(s.GetName()),
		"spreadsheet      " + columns.Clean(strings.TrimSpace(sheet.GetSpreadsheet()+" "+sheet.GetRange())),
		"state            " + strings.ToLower(s.GetState().String()),
	}
	if s.GetPollTime() != nil {
		lines = append(lines, "looked at        "+moment(s.GetPollTime(), zone))
	}
	if s.GetPendingVersion() != 0 {
		lines = append(lines, "                 it is being edited; its rows are compared soon")
	}
	if s.GetLastBulkJob() != "" {
		lines = append(lines, "last bulk job    "+path.Base(s.GetLastBulkJob())+", "+moment(s.GetLastBulkJobTime(), zone))
	}
	if s.GetError() != nil {
		lines = append(lines, "problem          "+columns.Clean(s.GetError().GetMessage()))
	}
	return lines
}
