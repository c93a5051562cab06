package emulator

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// cell is one cell of a tab.
type cell struct {
	value   any    // nil, string, float64 or bool
	shown   string // how it is formatted, where that differs from the value's standard form
	formula string // with the equals sign
	isTime  bool   // a date or time: the value is a serial number
}

// formulaValue is what every formula yields here.
const formulaValue = "#ERROR!"

var number = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// typed makes a cell of a value that already has its type, as RAW input does.
func typed(value any) (cell, error) {
	switch v := value.(type) {
	case nil:
		return cell{}, nil
	case string:
		if v == "" {
			return cell{}, nil
		}
		return cell{value: v}, nil
	case bool:
		return cell{value: v}, nil
	case float64:
		return cell{value: v}, nil
	case int:
		return cell{value: float64(v)}, nil
	case json.Number:
		f, err := v.Float64()
		return cell{value: f}, err
	}
	return cell{}, fmt.Errorf("a cell cannot hold a %T", value)
}

// imported makes a cell of a CSV field.
func imported(text string) cell {
	switch {
	case text == "":
		return cell{}
	case strings.EqualFold(text, "TRUE"), strings.EqualFold(text, "FALSE"):
		return cell{value: strings.EqualFold(text, "TRUE")}
	case number.MatchString(text):
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return cell{value: f}
		}
	}
	return cell{value: text}
}

// entered makes a cell of a text as if a person had typed it, as USER_ENTERED input does.
func entered(text string) cell {
	switch {
	case strings.HasPrefix(text, "'"):
		return cell{value: text[1:]}
	case len(text) > 1 && text[0] == '=':
		return cell{value: formulaValue, formula: text}
	case strings.HasSuffix(text, "%") && number.MatchString(strings.TrimSuffix(text, "%")):
		if f, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64); err == nil {
			return cell{value: f / 100, shown: text}
		}
	}
	if serial, ok := parseTime(text); ok {
		return cell{value: serial, shown: text, isTime: true}
	}
	return imported(text)
}

// format is the type of the cell's number format, where it has one.
func (c cell) format() string {
	switch {
	case strings.HasSuffix(c.shown, "%"):
		return "PERCENT"
	case !c.isTime:
		return ""
	case !strings.Contains(c.shown, ":"):
		return "DATE"
	case !strings.Contains(c.shown, "-"):
		return "TIME"
	}
	return "DATE_TIME"
}

// parseTime reads ISO dates, dates with times, and times of day, and gives days since 1899-12-30.
func parseTime(text string) (serial float64, ok bool) {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.Unix()-epoch.Unix()) / 86400, true
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.Hour()*3600+t.Minute()*60+t.Second()) / 86400, true
		}
	}
	return 0, false
}

// rendering is how values are asked for.
type rendering struct {
	value string // FORMATTED_VALUE, UNFORMATTED_VALUE, FORMULA
	time  string // SERIAL_NUMBER, FORMATTED_STRING
}

// render gives a cell as it stands in an answer.
func (c cell) render(r rendering) any {
	switch {
	case c.value == nil:
		return ""
	case r.value == "FORMULA" && c.formula != "":
		return c.formula
	case r.value == "FORMATTED_VALUE", c.isTime && r.time == "FORMATTED_STRING":
		return c.formatted()
	}
	return c.value
}

func (c cell) formatted() string {
	if c.shown != "" {
		return c.shown
	}
	switch v := c.value.(type) {
	case float64:
		return source.Number(v).String()
	case bool:
		return source.Bool(v).String()
	case string:
		return v
	}
	return ""
}
