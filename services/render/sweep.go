package render

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const (
	sweepWait  = 20 * time.Second // the scheduler answers so late when nothing is to be deleted
	sweepBatch = 100
	// sweepLimit bounds the deletion of a batch. It is less than the minute after which others are asked to do it.
	sweepLimit = 45 * time.Second
	callLimit  = 10 * time.Second
)

// sweeper deletes the files of deleted bulk jobs from the blob store, when the scheduler says so. Any number of them
// may run. A file that is already gone is as good as deleted; one that cannot be deleted comes again.
type sweeper struct {
	cleanup schedulerv1.CleanupServiceClient
	remove  func(ctx context.Context, key string) error
	log     *slog.Logger
}

// remover deletes from a bucket.
func remover(bucket *blob.Bucket) func(context.Context, string) error {
	return func(ctx context.Context, key string) error {
		err := bucket.Delete(ctx, key)
		if gcerrors.Code(err) == gcerrors.NotFound {
			return nil
		}
		return err
	}
}

// run sweeps until ctx ends.
func (s *sweeper) run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		err := s.sweep(ctx)
		if err == nil || ctx.Err() != nil {
			failures = 0
			continue
		}
		failures++
		if failures == 1 {
			s.log.Warn("files of deleted bulk jobs wait; trying on", "error", err)
		}
		pause(ctx, pollBackoff().Wait(failures, rand.Float64))
	}
	return nil
}

// sweep deletes one batch.
func (s *sweeper) sweep(ctx context.Context) error {
	keys, err := s.lease(ctx)
	if err != nil || len(keys) == 0 {
		return err
	}
	gone, failed := s.delete(ctx, keys)
	if len(gone) == 0 {
		return failed
	}
	// What is deleted is confirmed even when this worker is told to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	if _, err := s.cleanup.ConfirmBlobDeletions(ctx, &schedulerv1.ConfirmBlobDeletionsRequest{BlobKeys: gone}); err != nil {
		return err
	}
	s.log.Info("files of deleted bulk jobs deleted", "count", len(gone))
	return failed
}

func (s *sweeper) lease(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, sweepWait+callLimit)
	defer cancel()
	answer, err := s.cleanup.LeaseBlobDeletions(ctx, &schedulerv1.LeaseBlobDeletionsRequest{
		MaxCount: sweepBatch, WaitDuration: durationpb.New(sweepWait),
	})
	return answer.GetBlobKeys(), err
}

// delete deletes files, and returns those that are gone, and the last trouble.
func (s *sweeper) delete(ctx context.Context, keys []string) (gone []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	for _, key := range keys {
		if ctx.Err() != nil {
			return gone, ctx.Err()
		}
		if failed := s.remove(ctx, key); failed != nil {
			err = failed
			continue
		}
		gone = append(gone, key)
	}
	return gone, err
}
