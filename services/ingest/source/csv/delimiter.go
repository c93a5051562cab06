package csv

import (
	"bufio"
	"bytes"
	"strings"
)

// delimiters are tried in this order; the earlier one wins a tie.
const delimiters = ",;\t|"

// sniffRows is how many records of a sample are looked at.
const sniffRows = 50

// declaredDelimiter reads a first line such as `sep=;`, by which Excel is told. length is that of the line.
func declaredDelimiter(sample []byte) (delimiter byte, length int) {
	const mark = "sep="
	if len(sample) < len(mark)+2 || !strings.EqualFold(string(sample[:len(mark)]), mark) {
		return 0, 0
	}
	delimiter, rest := sample[len(mark)], sample[len(mark)+1:]
	switch {
	case !strings.ContainsRune(delimiters, rune(delimiter)):
		return 0, 0
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return delimiter, len(mark) + 3
	case rest[0] == '\n' || rest[0] == '\r':
		return delimiter, len(mark) + 2
	}
	return 0, 0
}

// sniff finds the separator: the one by which most records have the same number of cells, and at least two; of
// several, the one that gives more cells. A sample without any is separated by commas. complete tells that the
// sample is the whole text, so that its last record is whole too.
func sniff(sample []byte, complete bool) byte {
	best, bestScore := delimiters[0], 0.0
	for _, d := range []byte(delimiters) {
		if score := score(sample, d, complete); score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// score is higher the more the records are alike; 0 when the separator separates nothing.
func score(sample []byte, delimiter byte, complete bool) float64 {
	p := newParser(bufio.NewReader(bytes.NewReader(sample)), delimiter)
	var widths []int
	for len(widths) < sniffRows {
		cells, _, err := p.record()
		if err != nil {
			break
		}
		if len(cells) > 0 {
			widths = append(widths, len(cells))
		}
	}
	if !complete && len(widths) > 1 && len(widths) < sniffRows {
		widths = widths[:len(widths)-1] // it may be cut
	}
	counts := map[int]int{}
	most := 0
	for _, w := range widths {
		counts[w]++
		if w > 1 && (counts[w] > counts[most] || counts[w] == counts[most] && w > most) {
			most = w
		}
	}
	if most < 2 {
		return 0
	}
	return float64(counts[most])/float64(len(widths)) + float64(min(most, 100))/1000
}
