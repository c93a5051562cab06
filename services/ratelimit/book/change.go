package book

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Request is who asks for a change.
type Request struct {
	// ID is the caller's name for it; empty: none. With the same ID and Sum it is done once, within a day and as long
	// as its version is kept.
	ID, Sum string
	// Actor is who asks.
	Actor string
	// Dry only tells what would be done.
	Dry bool
}

// Result is what a change has made, or would make.
type Result struct {
	// Before and After are the versions before and after. They are the same when the request was done earlier.
	Before, After *State
	// Version is the version that was made.
	Version Version
	// Again says that the same request was done earlier, and nothing was done now.
	Again bool
}

// ErrReused is returned when another request had this id.
var ErrReused = errors.New("another request was made with this request id")

// Change puts changes in force. edit tells them, with what is done in plain words; it is called again when another
// replica came between. Errors of edit come back as they are; when limits that make no sense would come out of it, it is
// what [rule.CheckAll] says.
func (b *Book) Change(ctx context.Context, r Request, edit func(*State) (description string, changes []Change, err error)) (Result, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range attempts {
		result, err := b.change(ctx, r, edit)
		if errors.Is(err, ErrConflict) {
			continue
		}
		return result, err
	}
	return Result{}, fmt.Errorf("change limits: %w", ErrConflict)
}

func (b *Book) change(ctx context.Context, r Request, edit func(*State) (string, []Change, error)) (Result, error) {
	if err := b.refresh(ctx); err != nil {
		return Result{}, err
	}
	before := b.State()
	if done, again, err := b.done(ctx, r); err != nil || again {
		return Result{Before: before, After: before, Version: done, Again: again}, err
	}
	description, changes, err := edit(before)
	if err != nil {
		return Result{}, err
	}
	version := Version{
		Number: before.Set.Version() + 1, Created: b.now().UTC().Truncate(time.Millisecond), Actor: r.Actor, Description: description, Changes: changes,
	}
	after, err := b.compile(version.Number, before.digest, before.base, before.layer.with(changes), before)
	if err != nil {
		return Result{}, err
	}
	after.FileError = before.FileError
	result := Result{Before: before, After: after, Version: version}
	if r.Dry {
		return result, nil
	}
	rows, err := rowsOf(changes)
	if err != nil {
		return Result{}, err
	}
	record := Record{
		Number: version.Number, Created: version.Created, Actor: r.Actor, Description: description, Digest: before.digest,
		RequestID: r.ID, RequestSum: r.Sum,
	}
	if record.Changes, err = json.Marshal(changes); err != nil {
		return Result{}, fmt.Errorf("changes of limits: %w", err)
	}
	if err := b.store.Append(ctx, record, rows, kept); err != nil {
		return Result{}, err
	}
	b.put(after)
	return result, nil
}

// done finds the version that the same request made before.
func (b *Book) done(ctx context.Context, r Request) (Version, bool, error) {
	if r.ID == "" {
		return Version{}, false, nil
	}
	record, err := b.store.Request(ctx, r.ID)
	if errors.Is(err, ErrNotFound) || err == nil && b.now().Sub(record.Created) > requestLife {
		return Version{}, false, nil
	}
	if err != nil {
		return Version{}, false, err
	}
	if record.RequestSum != r.Sum {
		return Version{}, false, ErrReused
	}
	version, err := record.version()
	return version, err == nil, err
}
