package ingest

import (
	"context"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

const (
	maxIdeas = 1000
	// maxIdeasBytes keeps an answer below the message size that clients take, with room for the report.
	maxIdeasBytes = 4 << 20
)

// CheckIdeas reads a source and reports valid ideas and findings. Nothing is stored or submitted.
func (s *Service) CheckIdeas(ctx context.Context, req *ingestv1.CheckIdeasRequest) (*ingestv1.CheckIdeasResponse, error) {
	kept := &sample{}
	found, err := s.reader.read(ctx, request{source: req.GetSource(), project: projectOf(req.GetParent()), user: req.GetUser()}, kept.add)
	if err != nil {
		return nil, err
	}
	return &ingestv1.CheckIdeasResponse{Ideas: kept.ideas, Report: found.report}, nil
}

// sample keeps the first ideas, as many as an answer takes.
type sample struct {
	ideas []*ingestv1.Idea
	size  int
}

func (s *sample) add(_ context.Context, rows []validate.Row) error {
	for _, row := range rows {
		if row.DuplicateOf != 0 {
			continue
		}
		s.size += proto.Size(row.Idea)
		if len(s.ideas) == maxIdeas || s.size > maxIdeasBytes {
			return nil
		}
		s.ideas = append(s.ideas, row.Idea)
	}
	return nil
}
