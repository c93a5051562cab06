package ingest

import (
	"context"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

const (
	maxIdeas = 1000
	// maxIdeasBytes keeps an answer below the message size that clients take, with room for the report.
	maxIdeasBytes = 4 << 20
)

// CheckIdeas reads a source and reports valid ideas and findings. Nothing is stored or submitted.
func (s *Service) CheckIdeas(ctx context.Context, req *ingestv1.CheckIdeasRequest) (*ingestv1.CheckIdeasResponse, error) {
	found, err := s.reader.read(ctx, request{source: req.GetSource(), project: projectOf(req.GetParent()), user: req.GetUser()})
	if err != nil {
		return nil, err
	}
	reply := &ingestv1.CheckIdeasResponse{Report: found.report}
	size := 0
	for _, row := range found.rows {
		if row.DuplicateOf != 0 {
			continue
		}
		size += proto.Size(row.Idea)
		if len(reply.Ideas) == maxIdeas || size > maxIdeasBytes {
			break
		}
		reply.Ideas = append(reply.Ideas, row.Idea)
	}
	return reply, nil
}
