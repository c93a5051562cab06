package sheets

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxAnswerBytes bounds what one answer may hold after decompression.
const maxAnswerBytes = 64 << 20

var errAnswerTooLarge = errors.New("the answer is larger than 64 MiB")

// tokenError is a failure to get a token; the call itself was not made.
type tokenError struct{ err error }

func (e *tokenError) Error() string { return fmt.Sprintf("token: %v", e.err) }
func (e *tokenError) Unwrap() error { return e.err }

// authenticated adds an account's token, or an API key. It is done here because the Sheets client leaves
// the key out when it is given an HTTP client.
func authenticated(a *account, key string, base http.RoundTripper) http.RoundTripper {
	switch {
	case a != nil:
		return roundTrip(func(req *http.Request) (*http.Response, error) {
			token, err := a.token(req.Context())
			if err != nil {
				return nil, &tokenError{err}
			}
			req = req.Clone(req.Context())
			req.Header.Set("Authorization", "Bearer "+token.Value)
			if a.payer != "" {
				req.Header.Set("X-Goog-User-Project", a.payer)
			}
			resp, err := base.RoundTrip(req)
			if err == nil && resp.StatusCode == http.StatusUnauthorized {
				a.forget()
			}
			return resp, err
		})
	case key != "":
		return roundTrip(func(req *http.Request) (*http.Response, error) {
			req = req.Clone(req.Context())
			query := req.URL.Query()
			query.Set("key", key)
			req.URL.RawQuery = query.Encode()
			return base.RoundTrip(req)
		})
	}
	return base
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// bounded lets nobody read more than max bytes of an answer.
func bounded(maximum int64, base http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil {
			resp.Body = &boundedBody{ReadCloser: resp.Body, left: maximum}
		}
		return resp, err
	})
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, errAnswerTooLarge
	}
	return n, err
}
