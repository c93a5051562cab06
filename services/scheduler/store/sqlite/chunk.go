package sqlite

import "strings"

// chunkSizes are how many rows a statement takes: few sizes, as each is a statement to prepare, and large ones, as the
// call costs more than a row.
func chunkSizes() []int { return []int{64, 8, 1} }

// inChunks calls fn with all of a list, in chunks of those sizes.
func inChunks[T any](all []T, fn func(chunk []T) error) error {
	for _, size := range chunkSizes() {
		for len(all) >= size {
			if err := fn(all[:size]); err != nil {
				return err
			}
			all = all[size:]
		}
	}
	return nil
}

// tuples are the values of so many rows of so many columns: (?, ?), (?, ?)
func tuples(rows, columns int) string {
	one := "(" + strings.Repeat("?, ", columns-1) + "?)"
	return strings.Repeat(one+", ", rows-1) + one
}

// flat gives the values of rows one after the other.
func flat[T any](rows []T, values func(T) []any) []any {
	var all []any
	for _, r := range rows {
		all = append(all, values(r)...)
	}
	return all
}

// list are so many values: (?, ?)
func list(n int) string { return tuples(1, n) }
