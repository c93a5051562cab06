package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/sheetreel/sheetreel/kit/safehttp"
)

// tries is how often an address is asked while its trouble is a passing one.
const tries = 2

// download asks an address. When it gives the same as before, what is known holds.
func (s *Store) download(ctx context.Context, uri string, kind Kind, known note) (note, error) {
	for try := 1; ; try++ {
		n, err := s.ask(ctx, uri, kind, known)
		switch {
		case err == nil:
			return n, nil
		case ctx.Err() != nil:
			return note{}, context.Cause(ctx)
		case !Passing(err) || try == tries:
			return note{}, err
		}
	}
}

func (s *Store) ask(ctx context.Context, uri string, kind Kind, known note) (note, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return note{}, bad("the address is malformed")
	}
	req.Header.Set("User-Agent", "sheetreel")
	req.Header.Set("Accept", kind.String()+"/*, */*;q=0.5")
	if known.ETag != "" {
		req.Header.Set("If-None-Match", known.ETag)
	} else if known.Modified != "" {
		req.Header.Set("If-Modified-Since", known.Modified)
	}
	answer, err := s.Client.Do(req)
	if err != nil {
		return note{}, unreachable(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotModified && known.Asset.SHA256 != "" {
		known.Fetched = s.Now()
		return known, nil
	}
	if err := refused(answer.StatusCode); err != nil {
		return note{}, err
	}
	if answer.ContentLength > kind.most() {
		return note{}, tooLarge(kind)
	}
	body := &source{r: answer.Body}
	a, err := s.keep(ctx, kind, func(w io.Writer) error {
		_, err := io.Copy(w, body)
		return err
	})
	if err != nil && body.err != nil {
		return note{}, &Problem{Why: "the download broke off", Passing: true, Err: body.err}
	}
	return note{
		Asset: a, Fetched: s.Now(), ETag: short(answer.Header.Get("ETag")), Modified: short(answer.Header.Get("Last-Modified")),
	}, err
}

// short drops a header that is too long to be kept.
func short(header string) string {
	if len(header) > 256 {
		return ""
	}
	return header
}

// refused explains an answer that is no file.
func refused(status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return bad("is not there (the server answers %d)", status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return bad("is not public (the server answers %d)", status)
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		return &Problem{Why: fmt.Sprintf("the server has trouble (it answers %d)", status), Passing: true}
	}
	return bad("the server answers %d", status)
}

// unreachable explains a call that got no answer.
func unreachable(err error) error {
	var no *safehttp.RefusedError
	if errors.As(err, &no) {
		return &Problem{Why: "is refused", Err: no}
	}
	var call *url.Error
	if errors.As(err, &call) {
		err = call.Err // without the address, which may hold a key
	}
	return &Problem{Why: "the server does not answer", Passing: true, Err: err}
}

// source remembers why reading ended, to tell trouble of the network from that of the file.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
