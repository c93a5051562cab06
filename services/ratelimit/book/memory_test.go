package book_test

import (
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/book/booktest"
)

func TestMemoryConformance(t *testing.T) {
	booktest.Run(t, func(*testing.T) book.Store { return &book.Memory{} })
}
