package xlsx

import "strings"

// days1904 is how many days later than others a workbook that counts from 1904 begins.
const days1904 = 1462

// dateStyles tells which styles show dates, where that matters: in workbooks that count from 1904. nil means none.
func (a archive) dateStyles(b *workbook) (map[int]bool, error) {
	if !b.since1904 || b.styles == "" {
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
	dates := map[int]bool{14: true, 15: true, 16: true, 17: true, 22: true} // built in; 18 to 21 and 45 to 47 are times
	for _, f := range file.Formats {
		dates[f.ID] = showsDate(f.Code)
	}
	styles := map[int]bool{}
	for i, s := range file.Styles {
		if dates[s.Format] {
			styles[i] = true
		}
	}
	return styles, nil
}

// showsDate tells whether a number format shows a day or a year. Times alone are the same in all workbooks.
func showsDate(code string) bool {
	quoted, bracket, escaped := false, false, false
	for _, c := range strings.ToLower(code) {
		switch {
		case escaped:
			escaped = false
		case c == '\\' || c == '_':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == 'd' || c == 'y':
			return true
		}
	}
	return false
}
