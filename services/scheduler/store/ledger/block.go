package ledger

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Block is a row of the queue that stands for all video jobs of a page which wait alike: to nothing has happened yet, and
// their place is the same. An import stores one for each priority on a page, where it would store dozens of rows, and
// a claim takes bits. Whatever else happens to a job gives it a row of its own.
type Block struct {
	store.BulkKey
	RowID          string // in place of a video job's id; see blockID
	User, Provider string
	Priority       ingestv1.Priority
	MaxAttempts    int32
	SortKey        int64
	Held           bool
	LastOnPage     int64  // names the page
	Waiting        uint64 // bit i is that of the page's i-th video job
}

func (b *Block) page() PageKey { return PageKey{b.BulkKey, b.LastOnPage} }

// blockID is the row id of the block that was made with a video job as its first one: the same UUID as version 8. So it
// has its place in the order of ids, and tells of which page it is, also after a failover to a database that was behind.
func blockID(firstVideo string) string {
	const version = 14 // the digit's place
	return firstVideo[:version] + "8" + firstVideo[version+1:]
}

// made tells whether the block was made of this page.
func (p *Page) made(rowID string) bool {
	return slices.ContainsFunc(p.Videos, func(id string) bool { return blockID(id) == rowID })
}

// job is the i-th video job of the page as it waits in a block.
func (b *Block) job(p *Page, i int) *Job {
	return &Job{
		VideoKey: store.VideoKey{BulkKey: b.BulkKey, Video: p.Videos[i]}, Stored: InBlock, Block: b.RowID, Bit: i,
		User: b.User, Provider: b.Provider, Priority: b.Priority, MaxAttempts: b.MaxAttempts, SortKey: b.SortKey, Held: b.Held,
		State: state.Queued, Position: p.first() + int64(i), LastOnPage: b.LastOnPage,
	}
}

// Taken are video jobs that leave a block.
type Taken struct {
	store.BulkKey
	RowID string
	Bits  uint64
}

// blocker is what a Reader knows of blocks.
type blocker interface {
	// PagesWith finds the page on which each of video jobs is if it is in a block: the first whose Top is not less
	// than its id. Those for which there is none are left out.
	PagesWith(ctx context.Context, keys []store.VideoKey) (map[store.VideoKey]PageKey, error)
	// BlocksOn reads the blocks of pages.
	BlocksOn(ctx context.Context, pages []PageKey) ([]*Block, error)
	// BlocksAfter reads up to limit blocks of a bulk job on pages after a position, by page.
	BlocksAfter(ctx context.Context, k store.BulkKey, after int64, limit int) ([]*Block, error)
}

// inBlocks gives those of video jobs that wait in blocks. on says on which page they are, as far as the caller knows.
func (b *Book) inBlocks(ctx context.Context, r Reader, keys []store.VideoKey, on map[store.VideoKey]PageKey) ([]*Job, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	if on == nil {
		var err error
		if on, err = r.PagesWith(ctx, keys); err != nil || len(on) == 0 {
			return nil, err
		}
	}
	var places []PageKey
	seen := map[PageKey]bool{}
	for _, k := range keys {
		if p, ok := on[k]; ok && !seen[p] {
			seen[p] = true
			places = append(places, p)
		}
	}
	blocks, err := r.BlocksOn(ctx, places)
	if err != nil {
		return nil, err
	}
	all, err := b.open(ctx, r, blocks)
	if err != nil {
		return nil, err
	}
	wanted := make(map[store.VideoKey]bool, len(keys))
	for _, k := range keys {
		wanted[k] = true
	}
	return slices.DeleteFunc(all, func(j *Job) bool { return !wanted[j.VideoKey] }), nil
}

// open gives the video jobs of blocks, by page, in the order of the page.
func (b *Book) open(ctx context.Context, r Reader, blocks []*Block) ([]*Job, error) {
	pages, err := b.pagesOfBlocks(ctx, r, blocks)
	if err != nil {
		return nil, err
	}
	var all []*Job
	for _, block := range blocks {
		p := pages[block.page()]
		if p == nil {
			return nil, fmt.Errorf("block %s of %s: its page is gone", block.RowID, block.Name())
		}
		for w := block.Waiting; w != 0; w &= w - 1 {
			all = append(all, block.job(p, bits.TrailingZeros64(w)))
		}
	}
	slices.SortStableFunc(all, func(a, b *Job) int { return int(a.Position - b.Position) })
	return all, nil
}

// pagesOfBlocks is pagesOf for blocks. Those that are gone are left out.
func (b *Book) pagesOfBlocks(ctx context.Context, r Reader, blocks []*Block) (map[PageKey]*Page, error) {
	have := make(map[PageKey]*Page, len(blocks))
	var missing []PageKey
	for _, block := range blocks {
		k := block.page()
		if _, asked := have[k]; asked {
			continue
		}
		p, ok := b.pages.Get(k)
		if ok && !p.made(block.RowID) {
			b.pages.Remove(k)
			ok = false
		}
		if !ok {
			missing = append(missing, k)
		}
		have[k] = p
	}
	if len(missing) > 0 {
		read, err := r.Pages(ctx, missing)
		if err != nil {
			return nil, err
		}
		for _, k := range missing {
			delete(have, k)
		}
		for _, p := range read {
			have[p.PageKey] = p
			b.pages.Add(p.PageKey, p)
		}
	}
	return have, nil
}

// blocksOf puts new video jobs of a page that wait alike into blocks, and gives those that stay alone.
func (p *NewPage) blocksOf(jobs []*Job, may func(i int) bool) (blocks []*Block, alone []*Job) {
	type alike struct {
		priority    ingestv1.Priority
		maxAttempts int32
		sortKey     int64
	}
	groups := map[alike][]int{}
	var order []alike
	for i, j := range jobs {
		if !may(i) {
			alone = append(alone, j)
			continue
		}
		k := alike{j.Priority, j.MaxAttempts, j.SortKey}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	for _, k := range order {
		group := groups[k]
		first := jobs[group[0]]
		if len(group) == 1 {
			alone = append(alone, first)
			continue
		}
		b := &Block{
			BulkKey: first.BulkKey, RowID: blockID(first.Video), User: first.User, Provider: first.Provider,
			Priority: k.priority, MaxAttempts: k.maxAttempts, SortKey: k.sortKey, LastOnPage: p.Last,
		}
		for _, i := range group {
			b.Waiting |= 1 << i
		}
		blocks = append(blocks, b)
	}
	return blocks, alone
}
