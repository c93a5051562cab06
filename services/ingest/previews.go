package ingest

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

const (
	// previewLife is how long a reading serves later pages.
	previewLife = 5 * time.Minute
	// previewBytes is about how much memory one reading may take. A larger one is not kept: its pages read again.
	previewBytes = 24 << 20
	// previewsBytes is about how much all take.
	previewsBytes = 64 << 20
	// liveFactor is about how much larger a message is in memory than encoded.
	liveFactor = 3
)

// preview is all that one reading of a source gave to a check.
type preview struct {
	report   *ingestv1.ImportReport // without findings
	rows     []validate.Row
	findings []*ingestv1.Finding
	size     int
	until    time.Time
}

// full tells whether the preview is too large to be kept. Then it holds nothing any more.
func (p *preview) full() bool { return p.size > previewBytes }

// take counts what is added, and lets go of everything when it is too much.
func (p *preview) take(m proto.Message) bool {
	p.size += liveFactor * proto.Size(m)
	if p.full() {
		p.rows, p.findings = nil, nil
	}
	return !p.full()
}

func (p *preview) addRow(row validate.Row) {
	if p.take(row.Idea) {
		p.rows = append(p.rows, row)
	}
}

func (p *preview) addFinding(f *ingestv1.Finding) {
	if p.take(f) {
		p.findings = append(p.findings, f)
	}
}

// previewKey names a reading: whose it is, of what, and what was read. It is a digest.
type previewKey [sha256.Size]byte

// previewKeyOf names the reading of a request whose rows have a digest. Users are kept apart, as they may see different
// sheets.
func previewKeyOf(scope []string, user, rows string) previewKey {
	return sha256.Sum256([]byte(strings.Join(append([]string{user, rows}, scope...), "\x00")))
}

// previews keep readings for a while, so that the pages of a check cost one reading. They hold a bounded amount, and are
// of this process: in another one a page reads again.
type previews struct {
	mu   sync.Mutex
	kept map[previewKey]*preview
	size int
}

// get gives a reading that is still kept.
func (p *previews) get(key previewKey, now time.Time) *preview {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
	return p.kept[key]
}

// put keeps a reading, in the place of the oldest ones if need be.
func (p *previews) put(key previewKey, read *preview, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
	p.drop(key)
	if read.full() {
		return
	}
	for p.size+read.size > previewsBytes {
		p.drop(p.oldest())
	}
	if p.kept == nil {
		p.kept = map[previewKey]*preview{}
	}
	read.until = now.Add(previewLife)
	p.kept[key], p.size = read, p.size+read.size
}

func (p *previews) expire(now time.Time) {
	for key, read := range p.kept {
		if !now.Before(read.until) {
			p.drop(key)
		}
	}
}

func (p *previews) oldest() (key previewKey) {
	var first *preview
	for k, read := range p.kept {
		if first == nil || read.until.Before(first.until) {
			first, key = read, k
		}
	}
	return key
}

func (p *previews) drop(key previewKey) {
	if read, ok := p.kept[key]; ok {
		p.size -= read.size
		delete(p.kept, key)
	}
}
