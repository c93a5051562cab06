package ledger

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// How many dead letters one transaction takes at most.
const (
	replayBatch = 200
	purgeBatch  = 1000
)

// letterReader is how a Reader reads dead letters. Those of a deleted bulk job are not there.
type letterReader interface {
	// Letter reads a dead letter by its video job's id, or returns ErrNotFound.
	Letter(ctx context.Context, project, id string) (Letter, error)
	// Letters reads dead letters that gave up before a place (zero: from the newest), newest first.
	Letters(ctx context.Context, f store.LetterFilter, before store.LetterPlace, limit int) ([]Letter, error)
	// LettersAfter reads dead letters that gave up after a place (zero: from the oldest), oldest first.
	LettersAfter(ctx context.Context, f store.LetterFilter, after store.LetterPlace, limit int) ([]Letter, error)
}

// letterWriter is how a Tx removes dead letters alone.
type letterWriter interface {
	// RemoveLetters removes up to limit dead letters, and returns how many.
	RemoveLetters(ctx context.Context, f store.LetterFilter, limit int) (int, error)
	// ExpireLetters removes up to limit dead letters of all projects from before a time, and returns how many.
	ExpireLetters(ctx context.Context, before time.Time, limit int) (int, error)
}

func (l Letter) place() store.LetterPlace {
	return store.LetterPlace{Created: l.Created.UnixMilli(), ID: l.Video}
}

// DeadLetter implements store.Store.
func (b *Book) DeadLetter(ctx context.Context, project, id string) (d store.DeadLetter, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		l, err := r.Letter(ctx, project, id)
		if err != nil {
			return err
		}
		v, err := b.show(ctx, r, l.VideoKey)
		d = store.DeadLetter{Video: v, Class: l.Class, Created: l.Created}
		return err
	})
	return d, err
}

// ListDeadLetters implements store.Store.
func (b *Book) ListDeadLetters(ctx context.Context, f store.LetterFilter, before store.LetterPlace, limit int) (all []store.DeadLetter, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all = nil
		letters, err := r.Letters(ctx, f, before, limit)
		if err != nil {
			return err
		}
		keys := make([]store.VideoKey, len(letters))
		for i, l := range letters {
			keys[i] = l.VideoKey
		}
		videos, err := b.showInOrder(ctx, r, keys, nil)
		if err != nil {
			return err
		}
		for i, v := range videos { // each letter has its video job: both go in one transaction
			if v.Attempts, err = r.Attempts(ctx, v.VideoKey); err != nil {
				return err
			}
			all = append(all, store.DeadLetter{Video: v, Class: letters[i].Class, Created: letters[i].Created})
		}
		return nil
	})
	return all, err
}

// ReplayDeadLetter implements store.Store.
func (b *Book) ReplayDeadLetter(ctx context.Context, r store.Request, project, id string, idea *ingestv1.Idea, now time.Time) (after store.Video, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		earlier, err := w.requested(ctx, project, r)
		if err != nil {
			return err
		}
		k, err := w.letterOr(ctx, project, id, earlier)
		if err != nil {
			return err
		}
		if earlier == "" {
			if err := w.replay(ctx, k, idea); err != nil {
				return err
			}
			w.remember(project, r, k.Name())
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
		after, err = w.book.show(ctx, w, k)
		return err
	})
	return after, err
}

// letterOr finds the video job of a dead letter, or that of an earlier request.
func (w *work) letterOr(ctx context.Context, project, id, earlier string) (store.VideoKey, error) {
	if earlier != "" {
		return store.ParseVideo(earlier)
	}
	l, err := w.Letter(ctx, project, id)
	return l.VideoKey, err
}

// replay queues a dead letter's video job again, perhaps with another idea.
func (w *work) replay(ctx context.Context, k store.VideoKey, idea *ingestv1.Idea) error {
	j, err := w.job(ctx, k)
	if err != nil {
		return err
	}
	// Only now that the bulk job is locked it is sure that nobody was faster.
	if _, err := w.Letter(ctx, k.Project, k.Video); err != nil {
		return err
	}
	if err := w.mayRestart(j); err != nil {
		return err
	}
	if idea != nil {
		if err := j.edit(idea); err != nil {
			return err
		}
	}
	if err := w.requeue(ctx, j); err != nil {
		return err
	}
	return w.settle(w.bulks[k.BulkKey])
}

// edit gives a job another idea for the same row.
func (j *Job) edit(idea *ingestv1.Idea) error {
	edited := proto.CloneOf(idea)
	edited.RowKey, edited.RowNumber = j.Idea.GetRowKey(), j.Idea.GetRowNumber()
	raw, err := Marshal(edited)
	if err != nil {
		return err
	}
	j.Idea, j.Edited = edited, raw
	return nil
}

// ReplayDeadLetters implements store.Store.
func (b *Book) ReplayDeadLetters(ctx context.Context, r store.Request, f store.LetterFilter, limit int, now time.Time) (int, error) {
	// What gives up again meanwhile is not replayed again.
	if f.Before.IsZero() || f.Before.After(now) {
		f.Before = now.Add(time.Millisecond)
	}
	return b.inSteps(ctx, r, f.Project, now, func(ctx context.Context, w *work, at step) (step, bool, error) {
		letters, err := w.LettersAfter(ctx, f, at.after, min(replayBatch, limit-at.counted))
		if err != nil || len(letters) == 0 {
			return at, false, err
		}
		n, err := w.replayAll(ctx, letters)
		at = step{at.counted + n, letters[len(letters)-1].place()}
		return at, at.counted < limit, err
	})
}

// replayAll queues the video jobs of dead letters again, apart from those that may not restart, and counts them.
func (w *work) replayAll(ctx context.Context, letters []Letter) (n int, err error) {
	keys := make([]store.VideoKey, len(letters))
	for i, l := range letters {
		keys[i] = l.VideoKey
	}
	jobs, err := w.jobs(ctx, keys)
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		j := jobs[k]
		// Somebody may have been faster before the bulk job was locked.
		if j == nil || j.State != state.Failed || w.mayRestart(j) != nil {
			continue
		}
		if err := w.requeue(ctx, j); err != nil {
			return 0, err
		}
		if err := w.settle(w.bulks[j.BulkKey]); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// PurgeDeadLetters implements store.Store.
func (b *Book) PurgeDeadLetters(ctx context.Context, r store.Request, f store.LetterFilter, now time.Time) (int, error) {
	if f.Before.IsZero() || f.Before.After(now) {
		f.Before = now.Add(time.Millisecond) // an end, however many come meanwhile
	}
	return b.inSteps(ctx, r, f.Project, now, func(ctx context.Context, w *work, at step) (step, bool, error) {
		n, err := w.RemoveLetters(ctx, f, purgeBatch)
		at.counted += n
		return at, n == purgeBatch, err
	})
}

// ExpireDeadLetters implements store.Store.
func (b *Book) ExpireDeadLetters(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		n, err = tx.ExpireLetters(ctx, before, limit)
		return err
	})
	return n, err
}
