package columns

import "strings"

// Column describes a column of a table.
type Column struct {
	Title string
	Right bool // align to the right
	Flex  bool // may be cut to make the table fit
}

// minFlex is how narrow a column that may be cut can get.
const minFlex = 12

// gap stands between columns.
const gap = "  "

// Table lays rows out under their titles. A width above zero is the terminal's: columns that may be cut are cut
// to make the table fit, the widest first. The other columns are always whole.
func Table(head []Column, rows [][]string, width int) []string {
	widths := make([]int, len(head))
	for i, c := range head {
		widths[i] = Width(c.Title)
		for _, row := range rows {
			widths[i] = max(widths[i], Width(row[i]))
		}
	}
	if width > 0 {
		shrink(head, widths, width)
	}
	titles := make([]string, len(head))
	for i, c := range head {
		titles[i] = c.Title
	}
	lines := []string{line(head, widths, titles)}
	for _, row := range rows {
		lines = append(lines, line(head, widths, row))
	}
	return lines
}

// shrink takes from the widest flexible column, one by one, what is too much.
func shrink(head []Column, widths []int, width int) {
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width; total-- {
		widest := -1
		for i, c := range head {
			if c.Flex && widths[i] > minFlex && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func line(head []Column, widths []int, cells []string) string {
	parts := make([]string, len(cells))
	for i, cell := range cells {
		if head[i].Right {
			parts[i] = FitRight(cell, widths[i])
		} else {
			parts[i] = Fit(cell, widths[i])
		}
	}
	return strings.TrimRight(strings.Join(parts, gap), " ")
}
