package quota

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

const (
	// maxBatch is how many calls go into one message, and window how many messages may be without an answer.
	maxBatch = 256
	window   = 4
	// maxPending bounds the calls that wait to be sent; one more is refused as trouble.
	maxPending = 16 * maxBatch
	// reopenAfter is the pause before a stream that failed is opened again.
	reopenAfter = 100 * time.Millisecond
	// giveBackTimeout bounds giving back what nobody waits for any more.
	giveBackTimeout = 2 * time.Second
)

// Batched is a client whose calls at the same time share messages on one stream: about a tenth of the cost of a call each.
type Batched struct {
	*Client
	stream *stream
}

// NewBatched makes a client that asks over a stream. Run must run while it is used.
func NewBatched(service ratelimitv1.QuotaServiceClient, cfg Config) *Batched {
	s := &stream{service: service, pending: make(chan *question, maxPending)}
	c := New(service, cfg)
	c.decider = s
	return &Batched{Client: c, stream: s}
}

// Run keeps a stream open until ctx ends, then returns nil. Calls without an answer at that time fail as unavailable.
func (b *Batched) Run(ctx context.Context) error { return b.stream.run(ctx) }

// question is a call that waits for its decision.
type question struct {
	req    *ratelimitv1.AcquireRequest
	answer chan answer // has room for one
	// settled is set by who is first: the caller that leaves, or the one that has a decision for it.
	settled atomic.Bool
}

type answer struct {
	decision *ratelimitv1.Decision
	err      error
}

// stream gathers questions into batches. There is no delay: while no message may be sent, the next one fills.
type stream struct {
	service ratelimitv1.QuotaServiceClient
	pending chan *question
}

type acquireStream = grpc.BidiStreamingClient[ratelimitv1.AcquireStreamRequest, ratelimitv1.AcquireStreamResponse]

func (s *stream) decide(ctx context.Context, req *ratelimitv1.AcquireRequest) (Permit, error) {
	q := &question{req: req, answer: make(chan answer, 1)}
	select {
	case s.pending <- q:
	default:
		return Permit{}, errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "too many calls wait to be sent to the limiter", reopenAfter)
	}
	var a answer
	select {
	case a = <-q.answer:
	case <-ctx.Done():
		if q.settled.CompareAndSwap(false, true) {
			return Permit{}, context.Cause(ctx)
		}
		a = <-q.answer // it is decided, so it comes at once
	}
	if status.Code(a.err) == codes.InvalidArgument { // perhaps only another call of the batch is wrong
		return unary{s.service}.decide(ctx, req)
	}
	if a.err != nil {
		return Permit{}, a.err
	}
	return permitOf(a.decision)
}

// permitOf is a decision as Acquire would have answered.
func permitOf(d *ratelimitv1.Decision) (Permit, error) {
	wait := d.GetRetryDuration().AsDuration()
	switch d.GetVerdict() {
	case ratelimitv1.Decision_PROCEED:
		return Permit{ID: d.GetPermit(), Granted: int(d.GetGrantedCost())}, nil
	case ratelimitv1.Decision_DEFER:
		var limits []errs.Exhausted
		for _, l := range d.GetLimits() {
			limits = append(limits, errs.Exhausted{
				Limit: l.GetLimit(), Subject: l.GetKey(), Capacity: int64(l.GetCapacity()), Left: int64(l.GetRemaining()),
				Window: l.GetWindowDuration().AsDuration(), Concurrent: l.GetConcurrent(), Reset: l.GetResetDuration().AsDuration(),
			})
		}
		return Permit{}, errs.RateLimited(wait, d.GetMessage(), limits...)
	case ratelimitv1.Decision_RETRY:
		return Permit{}, errs.Unavailable(d.GetReason(), d.GetMessage(), wait)
	case ratelimitv1.Decision_REJECT:
		code := codes.InvalidArgument
		if d.GetReason() == errorsv1.ErrorReason_REQUEST_ID_REUSED {
			code = codes.AlreadyExists
		}
		return Permit{}, errs.New(code, d.GetReason(), d.GetMessage())
	}
	return Permit{}, fmt.Errorf("the limiter's verdict %v is unknown", d.GetVerdict())
}

func (s *stream) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.serve(ctx); err != nil && ctx.Err() == nil {
			_ = pause(ctx, reopenAfter, nil) // the questions have been told; the next ones try again
		}
	}
	for {
		select {
		case q := <-s.pending:
			q.answer <- answer{err: closing()}
		default:
			return nil
		}
	}
}

func closing() error {
	return errs.Unavailable(errorsv1.ErrorReason_SHUTTING_DOWN, "the stream to the limiter has ended", reopenAfter)
}

// serve opens a stream when there is something to ask, and uses it until it ends.
func (s *stream) serve(ctx context.Context) error {
	first := s.gather(ctx, nil)
	if first == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := s.service.AcquireStream(ctx)
	if err != nil {
		tell(first, err)
		return err
	}
	sent := make(chan []*question, window)
	ended := make(chan struct{})
	var receiver sync.WaitGroup
	var failed error
	receiver.Go(func() {
		defer close(ended)
		failed = s.receive(client, sent)
	})
	s.send(ctx, client, first, sent, ended)
	_ = client.CloseSend()
	cancel() // what is without an answer is asked again under its id
	receiver.Wait()
	close(sent)
	why := closing()
	if status.Code(failed) == codes.InvalidArgument {
		why = failed
	}
	for batch := range sent {
		tell(batch, why)
	}
	return failed
}

// send sends batches until the stream or ctx ends.
func (s *stream) send(ctx context.Context, client acquireStream, batch []*question, sent chan<- []*question, ended <-chan struct{}) {
	for sequence := int64(1); ; sequence++ {
		select {
		case sent <- batch: // before it is sent, as the answer may come at once
		case <-ended:
			tell(batch, closing())
			return
		}
		req := &ratelimitv1.AcquireStreamRequest{Sequence: sequence}
		for _, q := range batch {
			req.Requests = append(req.Requests, q.req)
		}
		if err := client.Send(req); err != nil {
			return // the receiver learns why
		}
		if batch = s.gather(ctx, ended); batch == nil {
			return
		}
	}
}

// gather waits for a question and takes all that wait by then, up to a batch. It is nil when there will be none.
func (s *stream) gather(ctx context.Context, ended <-chan struct{}) []*question {
	var batch []*question
	select {
	case q := <-s.pending:
		batch = append(batch, q)
	case <-ended:
		return nil
	case <-ctx.Done():
		return nil
	}
	for len(batch) < maxBatch {
		select {
		case q := <-s.pending:
			batch = append(batch, q)
		default:
			return batch
		}
	}
	return batch
}

// receive hands out the answers until the stream ends.
func (s *stream) receive(client acquireStream, sent <-chan []*question) error {
	for {
		reply, err := client.Recv()
		if err != nil {
			return err
		}
		batch := <-sent
		if len(reply.GetDecisions()) != len(batch) {
			tell(batch, closing())
			return errors.New("the limiter has answered another number of calls than it was asked")
		}
		var unwanted []string
		for i, q := range batch {
			d := reply.GetDecisions()[i]
			if q.settled.CompareAndSwap(false, true) {
				q.answer <- answer{decision: d}
			} else if d.GetPermit() != "" {
				unwanted = append(unwanted, d.GetPermit())
			}
		}
		s.giveBack(unwanted)
	}
}

// giveBack returns permits for which nobody waits any more. One that cannot be returned stays charged.
func (s *stream) giveBack(permits []string) {
	if len(permits) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), giveBackTimeout)
	defer cancel()
	_, _ = s.service.Cancel(ctx, &ratelimitv1.CancelRequest{Reservations: permits})
}

func tell(batch []*question, err error) {
	for _, q := range batch {
		q.answer <- answer{err: err}
	}
}
