// Package screen is the terminal, if there is one: how wide it is, whether it takes colours, and lines at its
// bottom that are redrawn in place while others scroll away above them.
package screen

import (
	"os"

	"golang.org/x/term"
)

// Screen is where a command writes to.
type Screen struct {
	Live  bool                       // lines can be redrawn in place
	Color bool                       // ANSI colours are welcome
	ASCII bool                       // the locale knows no block letters
	Size  func() (width, height int) // as of now; 0, 0 when not a terminal
}

// Detect looks at a file and the environment. NO_COLOR (any value) and TERM=dumb are respected.
func Detect(file *os.File, getenv func(string) string) Screen {
	fd := int(file.Fd())
	if !term.IsTerminal(fd) {
		return Screen{Size: func() (int, int) { return 0, 0 }}
	}
	return terminal(getenv, func() (int, int) {
		width, height, err := term.GetSize(fd)
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24
		}
		return width, height
	})
}

// terminal is a screen that is a terminal.
func terminal(getenv func(string) string, size func() (int, int)) Screen {
	dumb := getenv("TERM") == "dumb"
	return Screen{
		Live:  !dumb,
		Color: !dumb && getenv("NO_COLOR") == "",
		ASCII: ascii(getenv),
		Size:  size,
	}
}

// ascii tells whether the locale asks for plain ASCII. No locale at all, as in most containers, says nothing.
func ascii(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := getenv(name); value != "" {
			return value == "C" || value == "POSIX"
		}
	}
	return false
}
