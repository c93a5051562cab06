package store

import (
	"context"
	"time"
)

// TopicBlobs is the topic of files that are to be deleted.
const TopicBlobs = "blobs"

// DeletionRetention is how long a watch of a project can still be told that a bulk job was deleted.
const DeletionRetention = 8 * 24 * time.Hour

// Deletions deletes bulk jobs. First a bulk job is unlinked, which makes all of it invisible at once; then it is
// pruned by many small transactions, which may run anywhere. The keys of its files are kept until somebody says that
// the files are gone.
type Deletions interface {
	// DeleteBulkJob unlinks a finished bulk job, once per request; another one is a *StateError. Its last event says so
	// to those who watch the project.
	DeleteBulkJob(ctx context.Context, r Request, k BulkKey, now time.Time) error
	// EndedBefore returns up to limit bulk jobs that ended before a time, oldest first.
	EndedBefore(ctx context.Context, before time.Time, limit int) ([]BulkKey, error)
	// Prune deletes up to limit rows of an unlinked bulk job, and tells whether there was one.
	Prune(ctx context.Context, limit int, now time.Time) (more bool, err error)
	// ForgetDeletions drops the last events of up to limit bulk jobs that were deleted before a time and are pruned,
	// and returns how many.
	ForgetDeletions(ctx context.Context, before time.Time, limit int) (int, error)
	// LeaseBlobs returns up to limit keys of files to delete, and does not return them again until a time.
	LeaseBlobs(ctx context.Context, limit int, until, now time.Time) ([]string, error)
	// ConfirmBlobs forgets keys whose files are gone. Unknown ones are no error.
	ConfirmBlobs(ctx context.Context, keys []string) error
}
