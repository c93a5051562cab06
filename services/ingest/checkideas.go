package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

const (
	maxIdeas = 1000 // and findings
	// maxIdeasBytes keeps an answer below the message size that clients take, with room for the report.
	maxIdeasBytes = 4 << 20
)

// place is where a page begins, and what the rows were when the page before was read.
type place struct {
	Ideas    int    `json:"i"`
	Findings int    `json:"f"`
	Rows     string `json:"r"`
}

// CheckIdeas reads a source and reports a page of its valid ideas and findings. Nothing is stored or submitted.
func (s *Service) CheckIdeas(ctx context.Context, req *ingestv1.CheckIdeasRequest) (*ingestv1.CheckIdeasResponse, error) {
	size := int(req.GetPageSize())
	if size == 0 || size > maxIdeas {
		size = maxIdeas
	}
	scope, err := scopeOf(req)
	if err != nil {
		return nil, err
	}
	var begin place
	if text := req.GetPageToken(); text != "" && (token.Decode(text, &begin, scope...) != nil || min(begin.Ideas, begin.Findings) < 0) {
		return nil, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_PAGE_TOKEN_INVALID,
			"page_token: not a token of this check; start again without one")
	}
	kept, findings := &sample{skip: begin.Ideas, most: size}, &findingPage{skip: begin.Findings, most: size}
	read, rows := s.previews.get(previewKeyOf(scope, req.GetUser(), begin.Rows), time.Now()), begin.Rows
	known := read != nil
	if known {
		kept.addAll(read.rows)
		findings.addAll(read.findings)
	} else if read, rows, err = s.readPage(ctx, req, kept, findings); err != nil {
		return nil, err
	}
	if begin.Rows != "" && begin.Rows != rows {
		return nil, errs.New(codes.Aborted, errorsv1.ErrorReason_SOURCE_CHANGED, "the rows have changed since the first page was read; start again without a page token")
	}
	report := proto.CloneOf(read.report)
	report.Findings = findings.kept
	reply := &ingestv1.CheckIdeasResponse{Ideas: kept.ideas, Qualities: kept.qualities, Report: report}
	next := place{Ideas: begin.Ideas + len(kept.ideas), Findings: begin.Findings + len(report.Findings), Rows: rows}
	if next.Ideas < int(report.GetValidRowCount()) || next.Findings < int(report.GetFindingCount()) {
		if !known {
			s.previews.put(previewKeyOf(scope, req.GetUser(), rows), read, time.Now())
		}
		reply.NextPageToken, err = token.Encode(next, scope...)
	}
	return reply, err
}

// readPage reads the source for a page, and gives all of it for later ones, with the digest of its rows.
func (s *Service) readPage(ctx context.Context, req *ingestv1.CheckIdeasRequest, kept *sample, findings *findingPage) (*preview, string, error) {
	read, digest, project := &preview{}, sha256.New(), projectOf(req.GetParent())
	earlier := &compared{difference: &difference{}, imports: s.deps.Imports, project: project}
	found, err := s.reader.read(ctx, request{
		source: req.GetSource(), project: project, user: req.GetUser(), diff: earlier.difference,
		findings: func(f *ingestv1.Finding) {
			findings.add(f)
			read.addFinding(f)
		},
	}, func(ctx context.Context, rows []validate.Row) error {
		for _, row := range rows {
			if row.DuplicateOf != 0 {
				continue
			}
			text, err := proto.MarshalOptions{Deterministic: true}.Marshal(row.Idea)
			if err != nil {
				return err
			}
			digest.Write(text)
			kept.add(row, len(text))
			read.addRow(row)
		}
		return earlier.add(ctx, rows)
	})
	if err == nil {
		err = earlier.finish(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	s.reader.finish(ctx, earlier.difference, found.report, project)
	read.report = found.report
	read.report.Findings = nil
	return read, base64.RawURLEncoding.EncodeToString(digest.Sum(nil)[:9]), nil
}

// scopeOf names what a page token belongs to.
func scopeOf(req *ingestv1.CheckIdeasRequest) ([]string, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(req.GetSource())
	return []string{"ideas", req.GetParent(), string(text)}, err
}

// sample keeps a page of ideas, as many as an answer takes.
type sample struct {
	skip, most int
	ideas      []*ingestv1.Idea
	qualities  []*ingestv1.IdeaQuality
	seen, size int
}

func (s *sample) addAll(rows []validate.Row) {
	s.seen = min(s.skip, len(rows))
	for _, row := range rows[s.seen:min(s.seen+s.most, len(rows))] {
		s.add(row, proto.Size(row.Idea))
	}
}

// add takes the next row, whose idea has so many bytes.
func (s *sample) add(row validate.Row, bytes int) {
	if s.seen++; s.seen <= s.skip || len(s.ideas) == s.most || s.size > maxIdeasBytes {
		return
	}
	if s.size += bytes; s.size <= maxIdeasBytes || len(s.ideas) == 0 {
		s.ideas = append(s.ideas, row.Idea)
		s.qualities = append(s.qualities, &ingestv1.IdeaQuality{
			RowNumber: row.Idea.GetRowNumber(), Score: row.Score.Points, Reasons: row.Score.Reasons,
		})
	}
}

// findingPage keeps a page of findings.
type findingPage struct {
	skip, most, seen int
	kept             []*ingestv1.Finding
}

func (p *findingPage) addAll(findings []*ingestv1.Finding) {
	rest := findings[min(p.skip, len(findings)):]
	p.kept = rest[:min(p.most, len(rest))]
}

func (p *findingPage) add(f *ingestv1.Finding) {
	if p.seen++; p.seen > p.skip && len(p.kept) < p.most {
		p.kept = append(p.kept, f)
	}
}
