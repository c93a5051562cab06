package emulatortest

import (
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

// Transport reaches an emulator without a network, for tests in fake time. A connection that the emulator closes is an
// unexpected end.
func Transport(e *emulator.Emulator) http.RoundTripper { return transport{e} }

type transport struct{ emulator *emulator.Emulator }

func (t transport) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p != any(http.ErrAbortHandler):
			panic(p)
		case req.Context().Err() != nil:
			resp, err = nil, req.Context().Err()
		default:
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	served := req.Clone(req.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	t.emulator.ServeHTTP(recorder, served)
	resp = recorder.Result()
	resp.Request = req
	return resp, nil
}
