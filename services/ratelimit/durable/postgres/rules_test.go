package postgres

import (
	"testing"

	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/book/booktest"
)

func TestRulesConformance(t *testing.T) {
	booktest.Run(t, func(t *testing.T) book.Store { return open(t, pgtest.Schema(t)).Rules() })
}
