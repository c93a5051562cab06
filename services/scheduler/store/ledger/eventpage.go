package ledger

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// EventPage holds consecutive events of a bulk job, as they are stored: each after its length, without the names
// that its place tells.
type EventPage struct {
	store.BulkKey
	First, Last int64
	Raw         []byte
}

// appendEvent adds an event to the last page of a list, or opens a new one. Its bulk job is left out, and its video
// job is the bare id.
func appendEvent(pages []*EventPage, k store.BulkKey, e *schedulerv1.JobEvent) ([]*EventPage, error) {
	var p *EventPage
	if n := len(pages); n > 0 && len(pages[n-1].Raw) < pageBytes && pages[n-1].Last-pages[n-1].First < 4*pageEntries {
		p = pages[n-1]
	} else {
		p = &EventPage{BulkKey: k, First: e.GetSequence()}
		pages = append(pages, p)
	}
	raw, err := appendDelimited(p.Raw, e)
	if err != nil {
		return nil, fmt.Errorf("event of %s: %w", k.Name(), err)
	}
	p.Raw, p.Last = raw, e.GetSequence()
	return pages, nil
}

// events gives up to limit events of a page after a sequence number. Those that are left out are not decoded.
func (p EventPage) events(after int64, limit int) ([]*schedulerv1.JobEvent, error) {
	var all []*schedulerv1.JobEvent
	bulk := p.Name()
	for rest := p.Raw; len(rest) > 0 && len(all) < limit; {
		raw, n := protowire.ConsumeBytes(rest)
		if n < 0 {
			return nil, fmt.Errorf("events %d to %d of %s: %w", p.First, p.Last, bulk, protowire.ParseError(n))
		}
		rest = rest[n:]
		if sequence, ok := sequenceOf(raw); ok && sequence <= after {
			continue
		}
		e := &schedulerv1.JobEvent{}
		if err := proto.Unmarshal(raw, e); err != nil {
			return nil, fmt.Errorf("events %d to %d of %s: %w", p.First, p.Last, bulk, err)
		}
		if e.GetSequence() <= after {
			continue
		}
		e.BulkJob = bulk
		if e.VideoJob != "" {
			e.VideoJob = store.VideoKey{BulkKey: p.BulkKey, Video: e.VideoJob}.Name()
		}
		all = append(all, e)
	}
	return all, nil
}

// sequenceOf reads the sequence number of a stored event, which is its first field as a rule.
func sequenceOf(raw []byte) (int64, bool) {
	number, kind, n := protowire.ConsumeTag(raw)
	if n < 0 || number != 1 || kind != protowire.VarintType {
		return 0, false
	}
	v, n := protowire.ConsumeVarint(raw[n:])
	return int64(v), n >= 0
}
