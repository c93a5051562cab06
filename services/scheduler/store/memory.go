package store

import (
	"context"
	"crypto/sha256"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const (
	// RemovedRetention is how long a row is remembered that its source does not have any more.
	RemovedRetention = 90 * 24 * time.Hour
	// SourceRetention is how long the rows of a source are remembered that nobody imports any more.
	SourceRetention = 400 * 24 * time.Hour
)

// Hash is a short digest.
type Hash [16]byte

// RowHash is a row key as it is compared and remembered: the first half of its SHA-256.
func RowHash(key string) (short Hash) {
	sum := sha256.Sum256([]byte(key))
	copy(short[:], sum[:])
	return short
}

// SourceKey names a source whose rows are remembered.
type SourceKey struct {
	Project string
	Source  Hash
}

// RowKind says what has become of a row since it was submitted.
type RowKind = ingestv1.EarlierRow_Kind

// SourceRow is what is remembered of a row of a source.
type SourceRow struct {
	SourceKey
	Row, Content Hash
	// Video is what was made of it last; it may be deleted by now.
	Video VideoKey
	// Kind is what the row was for the bulk job of that video job.
	Kind RowKind
	// Removed is when the source had it no more; zero while it has it.
	Removed time.Time
	// State is the end of the video job; unspecified while it has none, and when it is deleted.
	State schedulerv1.VideoJob_State
	// There says that the bulk job is not deleted.
	There bool
}

// RowMark is a row to compare.
type RowMark struct {
	Row, Content Hash
	// Skip says that it would be SKIPPED from the start.
	Skip bool
}

// ComparedRow is what was found about a row.
type ComparedRow struct {
	Kind RowKind
	// Earlier is the video job that was made of it before; empty when there was none, or when it is deleted.
	Earlier VideoKey
	// Rendered says that Earlier has its video.
	Rendered bool
	// Submitted says that the row is, or would be, a video job of this import.
	Submitted bool
}

// Remembered says how an append remembers rows.
type Remembered struct {
	Source Hash
	// All appends also what was submitted before.
	All bool
}

// Memory remembers which rows of a source were submitted, so that importing it again submits what is new. It is written
// in the transaction that appends them: two imports of one source at the same moment submit a row once.
type Memory interface {
	// AppendRemembered is AppendVideoJobs for a source whose rows are remembered: it leaves those out that were submitted
	// with the same content, unless their video job FAILED, was CANCELLED or SKIPPED. It tells what it found about each.
	AppendRemembered(ctx context.Context, lease string, m Remembered, jobs []NewVideo, place Place, now time.Time) (int, []ComparedRow, error)
	// CompareRows tells what AppendRemembered would find, in the order of the rows.
	CompareRows(ctx context.Context, k SourceKey, all bool, rows []RowMark) ([]ComparedRow, error)
	// RecallRows returns up to limit rows that are not removed, in the order of their hashes, after one (zero: from the first).
	RecallRows(ctx context.Context, k SourceKey, after Hash, limit int) ([]SourceRow, error)
	// CompleteRemembered is CompleteImport that also notes which rows the source does not have any more.
	CompleteRemembered(ctx context.Context, lease string, source Hash, removed []Hash, report *ingestv1.ImportReport, now time.Time) error
	// ForgetRows drops up to limit rows that were removed before one time, or whose source was last imported before another,
	// and returns how many.
	ForgetRows(ctx context.Context, removed, unused time.Time, limit int) (int, error)
}
