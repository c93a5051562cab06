package ingest

import (
	"context"
	"crypto/sha256"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/estimate"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

const (
	// earlierRows is how many rows of each kind a report names.
	earlierRows = 100
	// defaultUser is who submits when nobody is named, as the scheduler has it.
	defaultUser = "default"
)

// difference is how the rows of a source differ from what was submitted of it before.
type difference struct {
	memory  *schedulerv1.SourceMemory // nil when the source is not remembered
	whole   bool                      // the source is read as a whole
	found   *ingestv1.ImportDifference
	named   map[ingestv1.EarlierRow_Kind]int
	seen    map[rowHash]struct{}
	removed []byte // hashes of rows
	sum     estimate.Sum
}

// begin takes what is known before the first row.
func (d *difference) begin(req request, head *source.Table) {
	*d = difference{found: &ingestv1.ImportDifference{}, named: map[ingestv1.EarlierRow_Kind]int{}, seen: map[rowHash]struct{}{}, whole: head.Whole}
	if head.Key == "" {
		return
	}
	user := req.user
	if user == "" {
		user = defaultUser
	}
	key := short(sha256.Sum256([]byte(head.Key + "\x00" + user)))
	d.memory = &schedulerv1.SourceMemory{Key: key[:], All: req.source.GetOptions().GetRepeatedRows() == ingestv1.ImportOptions_ALL}
}

// remembers tells whether the source is remembered.
func (d *difference) remembers() bool { return d.memory != nil }

// there notes a row that stands in the sheet, whether it can be used or not: it was not removed.
func (d *difference) there(row validate.RowState) {
	if row.Key != "" {
		d.seen[hashKey(row.Key)] = struct{}{}
	}
}

// count counts a row that was compared. One that only repeats another row of the sheet is no row of its own.
func (d *difference) count(idea *ingestv1.Idea, repeats bool, row *schedulerv1.ComparedRow) {
	d.seen[hashKey(idea.GetRowKey())] = struct{}{}
	if repeats {
		return
	}
	switch row.GetKind() {
	case ingestv1.EarlierRow_CHANGED:
		d.found.ChangedRowCount++
	case ingestv1.EarlierRow_AGAIN:
		d.found.AgainRowCount++
	case ingestv1.EarlierRow_UNCHANGED:
		d.found.UnchangedRowCount++
		if row.GetRendered() {
			d.found.RenderedRowCount++
		}
	default:
		d.found.NewRowCount++
	}
	if row.GetSubmitted() {
		d.found.SubmittedRowCount++
		d.sum.Add(idea)
	}
	if row.GetKind() != ingestv1.EarlierRow_NEW {
		d.name(&ingestv1.EarlierRow{
			Kind: row.GetKind(), RowNumber: idea.GetRowNumber(), Title: idea.GetTitle(), VideoJob: row.GetEarlierVideoJob(), Rendered: row.GetRendered(),
		})
	}
}

// name puts a row into the report, while there is room for its kind.
func (d *difference) name(row *ingestv1.EarlierRow) {
	if d.named[row.GetKind()]++; d.named[row.GetKind()] <= earlierRows {
		d.found.Rows = append(d.found.Rows, row)
	}
}

// recall finds out which rows are no longer there, when all others have been counted.
func (d *difference) recall(ctx context.Context, imports schedulerv1.ImportServiceClient, project string) error {
	if !d.remembers() || !d.whole {
		return nil
	}
	req := &schedulerv1.RecallRowsRequest{Parent: "projects/" + project, SourceKey: d.memory.GetKey()}
	for {
		var reply *schedulerv1.RecallRowsResponse
		err := call(ctx, func(ctx context.Context) (err error) {
			reply, err = imports.RecallRows(ctx, req)
			return err
		})
		if err != nil || len(reply.GetRows()) == 0 {
			return err
		}
		for _, row := range reply.GetRows() {
			req.AfterRowHash = row.GetRowHash()
			if _, there := d.seen[rowHash(row.GetRowHash())]; there {
				continue
			}
			d.found.RemovedRowCount++
			d.removed = append(d.removed, row.GetRowHash()...)
			d.name(&ingestv1.EarlierRow{Kind: ingestv1.EarlierRow_REMOVED, VideoJob: row.GetVideoJob(), Rendered: row.GetRendered()})
		}
	}
}

// compared is a take that compares rows with what is remembered of them, and changes nothing.
type compared struct {
	*difference
	imports schedulerv1.ImportServiceClient
	project string
	batch   []*ingestv1.Idea
	marks   []*schedulerv1.RowMark
}

func (c *compared) add(ctx context.Context, rows []validate.Row) error {
	if !c.remembers() {
		return nil
	}
	for _, row := range rows {
		if row.DuplicateOf != 0 {
			c.count(row.Idea, true, nil)
			continue
		}
		content := hashContent(row.Idea)
		c.batch = append(c.batch, row.Idea)
		c.marks = append(c.marks, &schedulerv1.RowMark{RowKey: row.Idea.GetRowKey(), ContentHash: content[:]})
		if len(c.batch) == batchRows {
			if err := c.send(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// send compares what is left.
func (c *compared) send(ctx context.Context) error {
	if len(c.batch) == 0 {
		return nil
	}
	var reply *schedulerv1.CompareRowsResponse
	err := call(ctx, func(ctx context.Context) (err error) {
		reply, err = c.imports.CompareRows(ctx, &schedulerv1.CompareRowsRequest{Parent: "projects/" + c.project, Memory: c.memory, Rows: c.marks})
		return err
	})
	if err != nil {
		return err
	}
	for i, idea := range c.batch {
		c.count(idea, false, comparedAt(reply.GetRows(), i))
	}
	c.batch, c.marks = nil, nil
	return nil
}

// finish compares what is left, and finds out which rows are no longer there.
func (c *compared) finish(ctx context.Context) error {
	if err := c.send(ctx); err != nil {
		return err
	}
	return c.recall(ctx, c.imports, c.project)
}

// comparedAt is what was found about a row. A scheduler that remembers nothing submits it.
func comparedAt(rows []*schedulerv1.ComparedRow, i int) *schedulerv1.ComparedRow {
	if i < len(rows) {
		return rows[i]
	}
	return &schedulerv1.ComparedRow{Kind: ingestv1.EarlierRow_NEW, Submitted: true}
}

// finish tells of the difference in the report.
func (r reader) finish(ctx context.Context, d *difference, report *ingestv1.ImportReport, project string) {
	if d.remembers() {
		report.Difference = d.found
		report.Estimate = d.sum.Estimate(r.prices(ctx, project))
	}
}
