package quota

import (
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// streamLife is how long a stream lasts: callers then open another one, perhaps at another replica, and a connection that
// shall end is not held.
const streamLife = 10 * time.Minute

type acquireStream = grpc.BidiStreamingServer[ratelimitv1.AcquireStreamRequest, ratelimitv1.AcquireStreamResponse]

// received is what a reader has read.
type received struct {
	batch *ratelimitv1.AcquireStreamRequest
	err   error
}

// AcquireStream decides batch after batch. One is read ahead while another is decided; more wait in the transport, whose
// window stops the caller.
func (s *Service) AcquireStream(stream acquireStream) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	ctx := stream.Context()
	batches := make(chan received)
	go func() {
		defer s.gate.inside.Done() // the gate waits for the reader, which outlives this call by a moment
		for {
			batch, err := stream.Recv() // ends with the stream, so at the latest when AcquireStream has returned
			select {
			case batches <- received{batch, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	life := time.NewTimer(streamLife)
	defer life.Stop()
	for {
		select {
		case <-grpckit.Draining(ctx):
			return nil
		case <-s.gate.shutting:
			return nil
		case <-life.C:
			return nil
		case in := <-batches:
			if errors.Is(in.err, io.EOF) {
				return nil
			}
			if in.err != nil {
				return in.err
			}
			decisions, err := s.batch(ctx, in.batch.GetRequests())
			if err != nil {
				return err
			}
			answer := &ratelimitv1.AcquireStreamResponse{Sequence: in.batch.GetSequence(), Decisions: decisions}
			if err := stream.Send(answer); err != nil {
				return err
			}
		}
	}
}
