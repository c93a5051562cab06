package fakehttp

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// ErrLost is what a customer gets instead of an answer.
var ErrLost = errors.New("connection reset by peer")

// Transport takes calls to the provider without a network, so that tests can run in the time of package synctest. No call that
// was begun is left behind when its answer's body was closed.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	ctx, cancel := context.WithCancel(r.Context())
	request := r.Clone(ctx)
	request.Host = r.URL.Host
	read, write := io.Pipe()
	reply := &reply{header: http.Header{}, body: write, begun: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil { // http.ErrAbortHandler
				reply.abort()
			}
		}()
		t.s.ServeHTTP(reply, request)
		reply.end()
	}()
	select {
	case <-reply.begun:
	case <-done:
		select {
		case <-reply.begun:
		default:
			cancel()
			return nil, ErrLost
		}
	case <-r.Context().Done():
		cancel()
		read.CloseWithError(r.Context().Err())
		<-done
		return nil, r.Context().Err()
	}
	return &http.Response{
		StatusCode: reply.code, Status: http.StatusText(reply.code), Header: reply.header, Request: r, ContentLength: -1,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: &body{PipeReader: read, stop: context.AfterFunc(r.Context(), func() { read.CloseWithError(context.Cause(r.Context())) }), cancel: cancel, done: done},
	}, nil
}

// reply is an answer being written.
type reply struct {
	header http.Header
	code   int
	body   *io.PipeWriter
	begun  chan struct{}
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
		close(r.begun)
	}
}

func (r *reply) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

func (r *reply) end() {
	r.WriteHeader(http.StatusOK)
	r.body.Close()
}

func (r *reply) abort() { r.body.CloseWithError(io.ErrUnexpectedEOF) }

// body ends the call when it is closed.
type body struct {
	*io.PipeReader
	stop   func() bool
	cancel context.CancelFunc
	done   chan struct{}
}

func (b *body) Close() error {
	b.stop()
	err := b.PipeReader.Close()
	b.cancel()
	<-b.done
	return err
}
