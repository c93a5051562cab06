package xlsx

import (
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// days1904 is how many days later than others a workbook that counts from 1904 begins.
const days1904 = 1462

// forms tells in which form each style shows numbers; those of plain ones are left out.
func (a archive) forms(b *workbook) (map[int]source.Form, error) {
	if b.styles == "" || !a.has(b.styles) {
		return nil, nil
	}
	var file struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := a.decode(b.styles, &file); err != nil {
		return nil, err
	}
	formats := map[int]source.Form{ // those that are built in
		9: source.FormPercent, 10: source.FormPercent,
		14: source.FormDate, 15: source.FormDate, 16: source.FormDate, 17: source.FormDate, 22: source.FormDateTime,
		18: source.FormTime, 19: source.FormTime, 20: source.FormTime, 21: source.FormTime, 45: source.FormTime, 46: source.FormTime, 47: source.FormTime,
	}
	for _, f := range file.Formats {
		formats[f.ID] = formOf(f.Code)
	}
	styles := map[int]source.Form{}
	for i, s := range file.Styles {
		if form := formats[s.Format]; form != source.FormPlain {
			styles[i] = form
		}
	}
	return styles, nil
}

// formOf reads a number format. Only its first part counts, which is for positive numbers.
func formOf(code string) source.Form {
	code = strings.ToLower(code)
	if code == "general" || code == "standard" {
		return source.FormPlain
	}
	var date, clock, percent, quoted, bracket, escaped bool
	inBracket := ""
reading:
	for _, c := range code {
		switch {
		case escaped:
			escaped = false
		case c == '\\' || c == '_' || c == '*':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracket, inBracket = true, ""
		case c == ']':
			bracket = false
			clock = clock || inBracket != "" && strings.Trim(inBracket, string(inBracket[0])) == "" && strings.Contains("hms", inBracket[:1])
		case bracket:
			inBracket += string(c)
		case c == ';':
			break reading
		case c == 'd' || c == 'y':
			date = true
		case c == 'h' || c == 's':
			clock = true
		case c == '%':
			percent = true
		}
	}
	switch {
	case date && clock:
		return source.FormDateTime
	case date:
		return source.FormDate
	case clock:
		return source.FormTime
	case percent:
		return source.FormPercent
	}
	return source.FormPlain
}
