package book

import (
	"context"
	"errors"
	"time"
)

// Store keeps what was made over the API, and the history of the limits. Many processes may use one.
type Store interface {
	// Load returns the newest record, or the zero one, and all rows; of one moment.
	Load(ctx context.Context) (Record, []Row, error)
	// Head is the number of the newest record, or 0.
	Head(ctx context.Context) (int64, error)
	// Append writes a record whose number is one above the head, with the rows that it changes, and forgets all but the
	// newest keep records. It writes all or nothing. If the head is another one it is ErrConflict.
	Append(ctx context.Context, record Record, rows []Row, keep int) error
	// Records returns records before a number, the newest first; 0 is before none.
	Records(ctx context.Context, before int64, limit int) ([]Record, error)
	// Request finds the newest record that was made by a request, or ErrNotFound.
	Request(ctx context.Context, id string) (Record, error)
}

// What stores say.
var (
	ErrConflict = errors.New("somebody else has changed the limits")
	ErrNotFound = errors.New("no such record")
)

// Row is a limit or, with an override's name, an override that was made over the API.
type Row struct {
	Limit, Override string
	// Body is what it is, as JSON; empty in a change that deletes it.
	Body []byte
}

// Record is a version of the limits as it is kept.
type Record struct {
	Number  int64
	Created time.Time // in milliseconds
	Actor   string
	// Description is what was done, in plain words.
	Description string
	// Digest is of the text of the file, or of the built-in limits, that is below what the API made.
	Digest string
	// RequestID is the caller's name for the request that made it; empty: none. RequestSum tells requests apart.
	RequestID, RequestSum string
	// Changes are the rows before and after, as JSON.
	Changes []byte
}
