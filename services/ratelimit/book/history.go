package book

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Version is who changed what, and when.
type Version struct {
	Number  int64
	Created time.Time
	Actor   string
	// Description is what was done, in plain words.
	Description string
	// Changes are those over the API.
	Changes []Change
}

func (r Record) version() (Version, error) {
	v := Version{Number: r.Number, Created: r.Created, Actor: r.Actor, Description: r.Description}
	if len(r.Changes) > 0 {
		if err := json.Unmarshal(r.Changes, &v.Changes); err != nil {
			return v, fmt.Errorf("stored version %d of the limits: %w", r.Number, err)
		}
	}
	return v, nil
}

// History returns versions before a number, the newest first; 0 is before none.
func (b *Book) History(ctx context.Context, before int64, limit int) ([]Version, error) {
	records, err := b.store.Records(ctx, before, limit)
	if err != nil {
		return nil, fmt.Errorf("history of the limits: %w", err)
	}
	versions := make([]Version, len(records))
	for i, r := range records {
		if versions[i], err = r.version(); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// ErrForgotten is returned when a version is not kept, or never was.
var ErrForgotten = errors.New("the version is not kept")

// Rollback takes back what the API changed after a version.
func (b *Book) Rollback(ctx context.Context, r Request, number int64) (Result, error) {
	return b.Change(ctx, r, func(now *State) (string, []Change, error) {
		versions, err := b.History(ctx, 0, kept)
		if err != nil {
			return "", nil, err
		}
		last := slices.IndexFunc(versions, func(v Version) bool { return v.Number == number })
		if last < 0 {
			return "", nil, ErrForgotten
		}
		return fmt.Sprintf("rolled back to revision %d", number), now.back(versions[:last]), nil
	})
}

// back are the changes that take versions back, the newest given first.
func (s *State) back(versions []Version) []Change {
	was := map[Target]*Item{}
	var order []Target
	for _, v := range versions {
		for _, c := range slices.Backward(v.Changes) {
			if _, ok := was[c.Target]; !ok {
				order = append(order, c.Target)
			}
			was[c.Target] = c.Before
		}
	}
	var changes []Change
	for _, target := range order {
		if now := s.Made(target); !reflect.DeepEqual(now, was[target]) {
			changes = append(changes, Change{Target: target, Before: now, After: was[target]})
		}
	}
	return changes
}

// Made is what the API made of a target; nil when nothing.
func (s *State) Made(target Target) *Item {
	item, ok := s.layer[target]
	if !ok {
		return nil
	}
	return &item
}

// MadeOf are the overrides of a limit that the API made, by name.
func (s *State) MadeOf(limit string) []Target {
	var all []Target
	for target := range s.layer {
		if target.Limit == limit && target.Override != "" {
			all = append(all, target)
		}
	}
	slices.SortFunc(all, compareTargets)
	return all
}
