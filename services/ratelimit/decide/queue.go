package decide

import "slices"

// shrink keeps a queue that is cut at the front and appended to from holding far more memory than it needs.
func shrink[T any](queue []T) []T {
	switch {
	case len(queue) == 0:
		return nil
	case cap(queue) > 64 && cap(queue) > 4*len(queue):
		return slices.Clone(queue)
	}
	return queue
}
