package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/book/booktest"
)

func TestRulesConformance(t *testing.T) {
	booktest.Run(t, func(t *testing.T) book.Store { return open(t, filepath.Join(t.TempDir(), "test.db")).Rules() })
}
