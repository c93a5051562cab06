package sheets

import (
	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// maxChoices is how many values of a drop-down are kept.
const maxChoices = 1_000

// table is the first Table in the area, if any.
func (s selection) table() *sheetsapi.Table {
	for _, table := range s.sheet.Tables {
		if table.Range == nil {
			continue
		}
		if at := area(table.Range); at.Top >= s.area.Top && at.Top <= s.area.Bottom && at.Left <= s.area.Right && at.Right >= s.area.Left {
			return table
		}
	}
	return nil
}

// headerRow is the number of the row that is the header of the first Table in the area; 0 when there is none.
func (s selection) headerRow() int {
	if table := s.table(); table != nil {
		return area(table.Range).Top + 1
	}
	return 0
}

// typeColumns uses what a Table says of its columns: how their numbers are shown, and what the sheet wants in them.
func typeColumns(t *source.Table, table *sheetsapi.Table) {
	if table == nil {
		return
	}
	at := area(table.Range)
	for _, properties := range table.ColumnProperties {
		if properties == nil {
			continue
		}
		column := at.Left + int(properties.ColumnIndex) - t.FirstColumn
		if column < 0 || column+t.FirstColumn > at.Right {
			continue
		}
		form, rule := meaning(properties)
		if rule.Holds != "" || len(rule.Choices) > 0 {
			if t.Columns == nil {
				t.Columns = map[int]source.ColumnRule{}
			}
			t.Columns[column] = rule
		}
		first, last := at.Top+1-(t.FirstRow-1), at.Bottom-(t.FirstRow-1)
		for row := max(first, 0); row <= min(last, len(t.Rows)-1); row++ {
			if column < len(t.Rows[row]) {
				t.Rows[row][column] = t.Rows[row][column].As(form)
			}
		}
	}
}

// meaning reads the type of a Table's column.
func meaning(properties *sheetsapi.TableColumnProperties) (source.Form, source.ColumnRule) {
	switch properties.ColumnType {
	case "PERCENT":
		return source.FormPercent, source.ColumnRule{Holds: "percents"}
	case "DATE":
		return source.FormDate, source.ColumnRule{Holds: "dates"}
	case "DATE_TIME":
		return source.FormDateTime, source.ColumnRule{Holds: "dates and times"}
	case "TIME":
		return source.FormTime, source.ColumnRule{Holds: "times"}
	case "DOUBLE":
		return source.FormPlain, source.ColumnRule{Holds: "numbers"}
	case "CURRENCY":
		return source.FormPlain, source.ColumnRule{Holds: "amounts of money"}
	case "BOOLEAN":
		return source.FormPlain, source.ColumnRule{Holds: "checkboxes"}
	case "DROPDOWN":
		return source.FormPlain, source.ColumnRule{Choices: choicesOf(properties.DataValidationRule)}
	}
	return source.FormPlain, source.ColumnRule{}
}

// choicesOf lists the values of a drop-down that are written out.
func choicesOf(rule *sheetsapi.TableColumnDataValidationRule) []string {
	if rule == nil || rule.Condition == nil || rule.Condition.Type != "ONE_OF_LIST" || len(rule.Condition.Values) > maxChoices {
		return nil
	}
	var choices []string
	for _, value := range rule.Condition.Values {
		if value != nil && value.UserEnteredValue != "" {
			choices = append(choices, value.UserEnteredValue)
		}
	}
	return choices
}
