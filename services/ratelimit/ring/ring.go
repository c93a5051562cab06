// Package ring is a queue that keeps its memory: what leaves at the front makes room at the back, so that a queue of
// steady length allocates nothing.
package ring

// Queue is a queue. The zero value is empty. It belongs to one caller at a time.
type Queue[T any] struct {
	buf  []T // its length is a power of two, or 0
	head int
	len  int
}

const smallest = 4

// Len is how many there are.
func (q *Queue[T]) Len() int { return q.len }

// Room is how many the memory that it holds has room for.
func (q *Queue[T]) Room() int { return len(q.buf) }

// At is the i-th from the front. The pointer is good until the queue changes.
func (q *Queue[T]) At(i int) *T { return &q.buf[(q.head+i)&(len(q.buf)-1)] }

// Last is the one at the back of a queue that is not empty.
func (q *Queue[T]) Last() *T { return q.At(q.len - 1) }

// Push adds one at the back.
func (q *Queue[T]) Push(one T) {
	if q.len == len(q.buf) {
		q.move(max(2*len(q.buf), smallest))
	}
	q.len++
	*q.Last() = one
}

// Drop removes the first n.
func (q *Queue[T]) Drop(n int) {
	if n == 0 {
		return
	}
	var none T
	for i := range n {
		*q.At(i) = none // it may point to something
	}
	q.head = (q.head + n) & (len(q.buf) - 1)
	q.len -= n
}

// Remove removes the i-th, and moves those behind it.
func (q *Queue[T]) Remove(i int) {
	for ; i < q.len-1; i++ {
		*q.At(i) = *q.At(i + 1)
	}
	var none T
	*q.Last() = none
	q.len--
}

// Trim gives back most of the memory that is not in use.
func (q *Queue[T]) Trim() {
	size := smallest
	for size < q.len {
		size *= 2
	}
	if 2*size < len(q.buf) {
		q.move(2 * size)
	}
}

func (q *Queue[T]) move(size int) {
	buf := make([]T, size)
	for i := range q.len {
		buf[i] = *q.At(i)
	}
	q.buf, q.head = buf, 0
}
