package screen

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Live keeps lines at the bottom of a terminal. It is not for use by several goroutines.
type Live struct {
	out   io.Writer
	width func() int
	drawn []string
}

// NewLive starts below the cursor. width gives the columns of the terminal as they are now.
func NewLive(out io.Writer, width func() int) *Live {
	return &Live{out: out, width: width}
}

// Draw replaces the lines, and first lets above scroll away for good. Everything goes out in one write, so that
// nothing flickers.
func (l *Live) Draw(above, lines []string) error {
	var text strings.Builder
	text.WriteString(l.erase())
	for _, line := range append(append([]string{}, above...), lines...) {
		text.WriteString(line + "\x1b[K\n")
	}
	l.drawn = lines
	_, err := io.WriteString(l.out, text.String())
	return err
}

// erase moves back to where the lines begin and clears from there. A terminal that got narrower has broken
// long lines in two, so rows are counted at the width of now.
func (l *Live) erase() string {
	rows := 0
	width := max(1, l.width())
	for _, line := range l.drawn {
		rows += max(1, (columns.Width(colors.ReplaceAllString(line, ""))+width-1)/width)
	}
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", rows)
}

// Clear takes the lines away.
func (l *Live) Clear() error { return l.Draw(nil, nil) }

var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")
