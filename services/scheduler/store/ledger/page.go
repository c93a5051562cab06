package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// A page is closed when it has so many entries or bytes.
const (
	pageEntries = 64
	pageBytes   = 64 << 10
)

// PageKey names a page by the position of its last idea.
type PageKey struct {
	store.BulkKey
	Last int64
}

// Page holds consecutive ideas of a bulk job. It is never changed: shared, and only to be read.
type Page struct {
	PageKey
	Created time.Time
	Videos  []string // ids of the video jobs
	Ideas   []*ingestv1.Idea
}

// first is the position of the page's first idea.
func (p *Page) first() int64 { return p.Last - int64(len(p.Videos)) + 1 }

// idea gives the idea of a video job, or nil when the page is not the job's.
func (p *Page) idea(j *Job) *ingestv1.Idea {
	if i := j.Position - p.first(); i >= 0 && i < int64(len(p.Videos)) && p.Videos[i] == j.Video {
		return p.Ideas[i]
	}
	return nil
}

// NewPage is a page as it is stored: ids and row keys of 16 bytes each, and the ideas, each after its length.
type NewPage struct {
	PageKey
	Top                 string // the highest id on it and all pages before
	IDs, RowKeys, Ideas []byte
}

// newPage makes an empty page with room for usual ideas.
func newPage() *NewPage {
	return &NewPage{IDs: make([]byte, 0, 16*pageEntries), RowKeys: make([]byte, 0, 16*pageEntries), Ideas: make([]byte, 0, pageBytes/4)}
}

// add appends a video job. Its id must be a UUID.
func (p *NewPage) add(id string, idea *ingestv1.Idea) error {
	u, err := uuid.Parse(id)
	if err != nil {
		return fmt.Errorf("id of a video job: %w", err)
	}
	p.IDs = append(p.IDs, u[:]...)
	key := RowKey(idea.GetRowKey())
	p.RowKeys = append(p.RowKeys, key[:]...)
	p.Ideas, err = appendDelimited(p.Ideas, idea)
	return err
}

func (p *NewPage) full() bool {
	return len(p.IDs) >= pageEntries*len(uuid.UUID{}) || len(p.Ideas) >= pageBytes
}

// ReadPage is a page from what is stored.
func ReadPage(k PageKey, created time.Time, ids, ideas []byte) (*Page, error) {
	p := &Page{PageKey: k, Created: created}
	for id := range slices.Chunk(ids, len(uuid.UUID{})) {
		u, err := uuid.FromBytes(id)
		if err != nil {
			return nil, fmt.Errorf("page %d of %s: %w", k.Last, k.Name(), err)
		}
		p.Videos = append(p.Videos, u.String())
	}
	var err error
	if p.Ideas, err = delimited(ideas, func() *ingestv1.Idea { return &ingestv1.Idea{} }); err != nil {
		return nil, fmt.Errorf("page %d of %s: %w", k.Last, k.Name(), err)
	}
	if len(p.Ideas) != len(p.Videos) {
		return nil, fmt.Errorf("page %d of %s: %d ids for %d ideas", k.Last, k.Name(), len(p.Videos), len(p.Ideas))
	}
	return p, nil
}

// LastID is the last one of the ids of a page, as they are stored.
func LastID(ids []byte) (string, error) {
	u, err := uuid.FromBytes(ids[max(0, len(ids)-len(uuid.UUID{})):])
	return u.String(), err
}

// RowKey is a row key as it is compared.
func RowKey(key string) [16]byte { return store.RowHash(key) }

// appendDelimited appends a message after its length.
func appendDelimited(to []byte, m proto.Message) ([]byte, error) {
	to = protowire.AppendVarint(to, uint64(proto.Size(m)))
	return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(to, m)
}

// delimited reads messages that follow each other.
func delimited[M proto.Message](raw []byte, make func() M) ([]M, error) {
	var all []M
	for r := bytes.NewReader(raw); r.Len() > 0; {
		m := make()
		if err := (protodelim.UnmarshalOptions{MaxSize: -1}).UnmarshalFrom(r, m); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// pagesOf gives the pages of jobs, from memory or else from the database. After a failover to a database that was behind,
// other pages may have come in the places of those that are remembered.
func (b *Book) pagesOf(ctx context.Context, r Reader, jobs []*Job) (map[PageKey]*Page, error) {
	have := map[PageKey]*Page{}
	for _, j := range jobs {
		k := j.page()
		p, ok := have[k]
		if !ok {
			p, _ = b.pages.Get(k)
		}
		if p != nil && p.idea(j) == nil {
			b.pages.Remove(k)
			p = nil
		}
		have[k] = p
	}
	var missing []PageKey
	for k, p := range have {
		if p == nil {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return have, nil
	}
	read, err := r.Pages(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, p := range read {
		have[p.PageKey] = p
		b.pages.Add(p.PageKey, p)
	}
	return have, nil
}

// fill gives jobs their ideas.
func (b *Book) fill(ctx context.Context, r Reader, jobs []*Job) error {
	pages, err := b.pagesOf(ctx, r, jobs)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		p := pages[j.page()]
		if p == nil {
			return fmt.Errorf("%s: the page of its idea is gone", j.Name())
		}
		if j.Idea, j.Created = p.idea(j), p.Created; j.Idea == nil {
			return fmt.Errorf("%s: another video job is at its place on page %d", j.Name(), p.Last)
		}
		if j.Edited != nil {
			if j.Idea, err = Unmarshal(j.Edited, &ingestv1.Idea{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// specsOf gives what callers wrote into bulk jobs, from memory or else from the database.
func (b *Book) specsOf(ctx context.Context, r Reader, keys []store.BulkKey) (map[store.BulkKey]*schedulerv1.BulkJob, error) {
	have := map[store.BulkKey]*schedulerv1.BulkJob{}
	var missing []store.BulkKey
	for _, k := range keys {
		if spec, ok := b.specs.Get(k); ok {
			have[k] = spec
		} else {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return have, nil
	}
	read, err := r.Specs(ctx, missing)
	for k, spec := range read {
		have[k] = spec
		b.specs.Add(k, spec)
	}
	return have, err
}
