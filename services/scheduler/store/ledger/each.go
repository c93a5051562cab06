package ledger

import (
	"context"
	"slices"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// lotMost is how many video jobs of a bulk job are in memory when all of them change.
const lotMost = 1000

// each changes the video jobs of a loaded bulk job that are in some states, so many at once, and writes each lot before
// it loads the next. It is all one transaction: nobody sees a part of it. change must not move a job to a place where
// each still looks: from those that run it goes on to those that wait, and then to those that have ended.
func (w *work) each(ctx context.Context, k store.BulkKey, states []state.Video, change func(*Job) error) error {
	for _, in := range []Place{InRunning, InQueue, InBlock, InFinished} {
		if in == InBlock {
			if slices.Contains(states, state.Queued) {
				if err := w.eachInBlocks(ctx, k, change); err != nil {
					return err
				}
			}
			continue
		}
		there := slices.DeleteFunc(slices.Clone(states), func(s state.Video) bool { return placeOf(s) != in })
		if len(there) == 0 {
			continue
		}
		for after, more := "", true; more; {
			lot, err := w.JobsIn(ctx, k, in, there, after, lotMost)
			if err != nil {
				return err
			}
			if more = len(lot) == lotMost; more {
				after = lot[lotMost-1].Video
			}
			if err := w.changeLot(ctx, lot, change); err != nil {
				return err
			}
		}
	}
	return nil
}

// blocksAtOnce is more than a page has.
const blocksAtOnce = 2 * pageEntries

// eachInBlocks is each for those that wait in blocks: page by page, as far as a page's blocks are all there.
func (w *work) eachInBlocks(ctx context.Context, k store.BulkKey, change func(*Job) error) error {
	for after, more := int64(0), true; more; {
		blocks, err := w.BlocksAfter(ctx, k, after, blocksAtOnce)
		if err != nil || len(blocks) == 0 {
			return err
		}
		if more = len(blocks) == blocksAtOnce; more {
			cut := blocks[len(blocks)-1].LastOnPage
			blocks = slices.DeleteFunc(blocks, func(b *Block) bool { return b.LastOnPage == cut })
		}
		after = blocks[len(blocks)-1].LastOnPage
		lot, err := w.book.open(ctx, w, blocks)
		if err != nil {
			return err
		}
		if err := w.changeLot(ctx, lot, change); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) changeLot(ctx context.Context, lot []*Job, change func(*Job) error) error {
	if err := w.book.fill(ctx, w, lot); err != nil {
		return err
	}
	for _, j := range lot {
		if err := change(j); err != nil {
			return err
		}
	}
	// What it costs is settled at the end: a budget that is reached meanwhile would pause a bulk job half cancelled.
	charges := w.charges
	w.charges = charging{}
	err := w.flush(ctx)
	w.charges = charges
	return err
}

// moveAll takes the video jobs of a loaded bulk job that are in some states to another one.
func (w *work) moveAll(ctx context.Context, k store.BulkKey, from []state.Video, to state.Video, why *statuspb.Status) error {
	return w.each(ctx, k, from, func(j *Job) error { return w.move(j, to, why) })
}

func running() []state.Video { return []state.Video{state.Dispatched, state.InProgress} }

func unfinished() []state.Video {
	return append(running(), state.Queued, state.RateLimited, state.Retrying)
}
