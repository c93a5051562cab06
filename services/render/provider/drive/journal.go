package drive

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Entry is what is written down about an order.
type Entry struct {
	Provider string `json:"provider"`
	// Try counts the orders for one key: an order that has failed cannot be taken up again.
	Try int `json:"try"`
	// Intended: Submit was or is about to be called for this try.
	Intended bool `json:"intended,omitempty"`
	// Handle is the provider's name for the order; empty while it is not known.
	Handle  provider.Handle `json:"handle,omitempty"`
	Written time.Time       `json:"written"`
}

// Journal keeps entries where all workers of the installation find them.
type Journal interface {
	// Load gives an entry; false: there is none.
	Load(ctx context.Context, key string) (Entry, bool, error)
	// Save writes an entry, in the place of the one before.
	Save(ctx context.Context, key string, e Entry) error
	// Drop removes an entry; that there is none is no error.
	Drop(ctx context.Context, key string) error
}

// journalFolder is where a bucket's entries are.
const journalFolder = "orders/"

// entryMost bounds what is read of an entry.
const entryMost = 64 << 10

// BlobJournal keeps entries in the bucket of finished videos, which all workers share.
type BlobJournal struct {
	Bucket *blob.Bucket
}

func (BlobJournal) place(key string) string { return journalFolder + key + ".json" }

// Load implements [Journal].
func (j BlobJournal) Load(ctx context.Context, key string) (Entry, bool, error) {
	r, err := j.Bucket.NewReader(ctx, j.place(key), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return Entry{}, false, nil
	}
	if err != nil {
		return Entry{}, false, fmt.Errorf("journal of orders: %w", err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, entryMost))
	if err != nil {
		return Entry{}, false, fmt.Errorf("journal of orders: %w", err)
	}
	var e Entry
	if err := json.Unmarshal(data, &e); err != nil {
		return Entry{}, false, fmt.Errorf("journal of orders: %s: %w", j.place(key), err)
	}
	return e, true, nil
}

// Save implements [Journal].
func (j BlobJournal) Save(ctx context.Context, key string, e Entry) error {
	data, err := json.Marshal(e)
	if err == nil {
		err = j.Bucket.WriteAll(ctx, j.place(key), data, &blob.WriterOptions{ContentType: "application/json"})
	}
	if err != nil {
		return fmt.Errorf("journal of orders: %w", err)
	}
	return nil
}

// Drop implements [Journal].
func (j BlobJournal) Drop(ctx context.Context, key string) error {
	if err := j.Bucket.Delete(ctx, j.place(key)); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("journal of orders: %w", err)
	}
	return nil
}

// Forget removes entries that were written before a time: nobody goes on with them.
func (j BlobJournal) Forget(ctx context.Context, before time.Time) error {
	list := j.Bucket.List(&blob.ListOptions{Prefix: journalFolder})
	for {
		object, err := list.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("journal of orders: %w", err)
		}
		if !object.ModTime.Before(before) {
			continue
		}
		if err := j.Bucket.Delete(ctx, object.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return fmt.Errorf("journal of orders: %w", err)
		}
	}
}
