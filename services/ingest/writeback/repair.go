package writeback

import (
	"maps"
	"slices"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// written is a write with what was seen before it.
type written struct {
	updates []sheets.Update
	rows    [][]source.Cell
	header  int
	first   int  // row of data
	sure    bool // it was answered; without an answer, nobody knows whether it has come through
}

// touched are the rows to which was written.
func (w *written) touched() map[int]bool {
	rows := map[int]bool{}
	if w != nil {
		for _, u := range w.updates {
			rows[u.Row] = true
		}
	}
	return rows
}

// landed tells whether cells of a row were written for all that can be seen now.
func (w *written) landed(now [][]source.Cell, row int) bool {
	return w.sure || slices.ContainsFunc(w.updates, func(u sheets.Update) bool {
		return u.Row == row && !u.Value.IsEmpty() && cellAt(now[row], u.Column) == u.Value
	})
}

// repairs puts back what a write has covered because columns were inserted or deleted between the look and the write: cells
// that still hold exactly what was written, even if that is nothing, in a column that is not ours.
func (w *written) repairs(now [][]source.Cell) []sheets.Update {
	if w == nil || w.header >= min(len(now), len(w.rows)) {
		return nil
	}
	l := findColumns(now, w.header, w.first)
	columns := matchColumns(w.rows[w.header], now[w.header], w.updates, w.header)
	if columns == nil {
		return nil // no column has moved
	}
	untouched := maps.Clone(columns)
	for _, u := range w.updates {
		delete(untouched, u.Column)
	}
	rows := matchRows(w.rows, now, untouched)
	var all []sheets.Update
	for _, u := range w.updates {
		if u.Row >= len(now) || cellAt(now[u.Row], u.Column) != u.Value {
			continue
		}
		was, known := place(columns, u.Column)
		if slices.Contains(l.columns[:], u.Column) && !(known && u.Row == l.header) {
			continue // a column of ours: the plan looks after it
		}
		var old source.Cell
		if row, ok := rows[u.Row]; known && ok {
			old = cellAt(w.rows[row], was)
		}
		if old == u.Value || u.Value.IsEmpty() && !w.landed(now, u.Row) {
			continue
		}
		all = append(all, sheets.Update{Row: u.Row, Column: u.Column, Value: old})
	}
	return all
}

// matchColumns says for columns where they stood before, by their headers, apart from those that were written over. It is
// nil when every column is where it was.
func matchColumns(before, now []source.Cell, updates []sheets.Update, header int) map[int]int {
	covered := map[int]bool{}
	for _, u := range updates {
		covered[u.Column] = covered[u.Column] || u.Row == header
	}
	places := map[string][]int{}
	for i, c := range before {
		if key := clean.Key(c.String()); key != "" {
			places[key] = append(places[key], i)
		}
	}
	found, moved := map[int]int{}, false
	for i, c := range now {
		if at := places[clean.Key(c.String())]; len(at) == 1 && !covered[i] {
			found[i] = at[0]
			moved = moved || at[0] != i
		}
	}
	if !moved {
		return nil
	}
	return found
}

// place says where a column stood before: by its header, or by its neighbours, if they agree. A new column stood nowhere.
func place(columns map[int]int, column int) (int, bool) {
	if was, ok := columns[column]; ok {
		return was, true
	}
	left, right := -1, -1
	for at := range columns {
		if at < column && (left < 0 || at > left) {
			left = at
		}
		if at > column && (right < 0 || at < right) {
			right = at
		}
	}
	fromLeft, fromRight := columns[left]+column-left, columns[right]-(right-column)
	switch {
	case left < 0 && right < 0, left >= 0 && right >= 0 && fromLeft != fromRight:
		return 0, false
	case left < 0:
		return fromRight, fromRight >= 0
	}
	return fromLeft, true
}

// matchRows says for rows where they stood before: those whose cells, in columns that are known and were not written to, are
// the same and stand in one row only.
func matchRows(before, now [][]source.Cell, columns map[int]int) map[int]int {
	type mark struct{ row, n int }
	signature := func(row []source.Cell, column func(int) int) string {
		s := ""
		for _, at := range sortedKeys(columns) {
			s += cellAt(row, column(at)).String() + "\x00"
		}
		return s
	}
	marks := map[string]mark{}
	for i, row := range before {
		s := signature(row, func(at int) int { return columns[at] })
		marks[s] = mark{i, marks[s].n + 1}
	}
	found := map[int]int{}
	for i, row := range now {
		if m := marks[signature(row, func(at int) int { return at })]; m.n == 1 {
			found[i] = m.row
		}
	}
	return found
}

func sortedKeys(m map[int]int) []int {
	var all []int
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
