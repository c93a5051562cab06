package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// uploadService takes uploads as client streams. They are kept as those over HTTP are.
type uploadService struct {
	ingestv1.UnimplementedUploadServiceServer
	*Service
}

// UploadFile keeps the chunks as a file.
func (u uploadService) UploadFile(stream grpc.ClientStreamingServer[ingestv1.UploadFileRequest, ingestv1.Upload]) error {
	return uploadStream(u.Service, stream, func(m *ingestv1.UploadFileRequest) ([]byte, error) { return m.GetChunk(), nil })
}

// StreamIdeas keeps the ideas as a file of JSON lines.
func (u uploadService) StreamIdeas(stream grpc.ClientStreamingServer[ingestv1.StreamIdeasRequest, ingestv1.Upload]) error {
	return uploadStream(u.Service, stream, ideaLines)
}

// ideaLines writes ideas as JSON, one a line. The same ideas make the same lines.
func ideaLines(m *ingestv1.StreamIdeasRequest) ([]byte, error) {
	var lines bytes.Buffer
	for i, idea := range m.GetIdeas() {
		line, err := protojson.Marshal(idea)
		if err != nil {
			return nil, errs.Invalid(errs.Violation{Field: fmt.Sprintf("ideas[%d]", i), Description: "has text that is not UTF-8"})
		}
		if err := json.Compact(&lines, line); err != nil { // protojson varies its white space on purpose
			return nil, err
		}
		lines.WriteByte('\n')
	}
	return lines.Bytes(), nil
}

// begin is what the first message of an upload says.
type begin interface {
	GetParent() string
	GetFileName() string
}

// uploadStream keeps what the messages of a stream hold.
func uploadStream[M any, P interface {
	*M
	begin
}](s *Service, stream grpc.ClientStreamingServer[M, ingestv1.Upload], bytesOf func(P) ([]byte, error),
) error {
	ctx, cancel := context.WithTimeout(stream.Context(), uploadTime)
	defer cancel()
	body := &streamBody{next: received(ctx, func() (P, error) { return stream.Recv() }, bytesOf)}
	first, data, err := body.next()
	if errors.Is(err, io.EOF) {
		return errs.Invalid(errs.Violation{Field: "parent", Description: "is required in the first message"})
	}
	if err != nil {
		return err
	}
	body.rest = data
	parent := first.GetParent()
	if !wholeProject(parent) {
		return errs.Invalid(errs.Violation{Field: "parent", Description: "must be the name of a project, projects/{project}, in the first message"})
	}
	counted, end := s.countGRPC(ctx)
	defer end()
	if err := s.admitUpload(counted, parent); err != nil {
		return err
	}
	stored, err := s.keep(ctx, parent, first.GetFileName(), &bounded{in: body, left: s.cfg.MaxUpload})
	switch {
	case errors.Is(err, errUploadTooLarge):
		return tooLarge(s.cfg.MaxUpload)
	case err != nil:
		return err
	}
	return stream.SendAndClose(stored)
}

// received gives the messages of a stream one after the other. It waits for each no longer than for a part of a body
// over HTTP. Its goroutine ends with the call: the server ends the stream's Recv when its handler has returned.
func received[P begin](ctx context.Context, recv func() (P, error), bytesOf func(P) ([]byte, error)) func() (begin, []byte, error) {
	type message struct {
		m   P
		err error
	}
	messages := make(chan message)
	go func() {
		for {
			m, err := recv()
			select {
			case messages <- message{m, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return func() (begin, []byte, error) {
		patience := time.NewTimer(bodyReadTimeout)
		defer patience.Stop()
		select {
		case got := <-messages:
			if got.err != nil {
				return nil, nil, got.err
			}
			data, err := bytesOf(got.m)
			return got.m, data, err
		case <-patience.C:
			return nil, nil, errs.New(codes.DeadlineExceeded, errorsv1.ErrorReason_DEADLINE, fmt.Sprintf("nothing was sent for %v; send the file again", bodyReadTimeout))
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// streamBody reads what messages hold as one text.
type streamBody struct {
	next func() (begin, []byte, error)
	rest []byte
}

func (b *streamBody) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		_, data, err := b.next()
		if err != nil {
			return 0, err
		}
		b.rest = data
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

var errUploadTooLarge = errors.New("the upload is too large")

// bounded ends reading with an error when there is more than so many bytes.
type bounded struct {
	in   io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errUploadTooLarge
	}
	return n, err
}
