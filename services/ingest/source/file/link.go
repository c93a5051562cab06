package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/safehttp"
)

const (
	// MaxBytes is how large a file behind a link may be.
	MaxBytes    = 64 << 20
	linkTimeout = 2 * time.Minute
	redirects   = 5
	retryLater  = time.Minute
)

// Links gets files behind public links.
type Links struct {
	policy safehttp.Policy
	most   int64
}

// NewLinks makes it. The policy's time and redirects are set here; its zero value lets nobody in but public servers.
func NewLinks(policy safehttp.Policy) *Links {
	policy.Timeout, policy.Redirects = linkTimeout, redirects
	return &Links{policy: policy, most: MaxBytes}
}

// Name is the last part of a link, by which people know a file.
func Name(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	if name := path.Base(u.Path); name != "." && name != "/" {
		return name
	}
	return u.Host
}

// Get brings the file behind a link into a temporary file, which is gone when the content is closed.
func (l *Links) Get(ctx context.Context, link string) (Content, error) {
	u, err := l.policy.CheckURL(link)
	if err != nil {
		return nil, l.explain(err)
	}
	if u.Host == "docs.google.com" && strings.HasPrefix(u.Path, "/spreadsheets/d/") && strings.Contains(u.Path, "/edit") {
		return nil, wrongLink("is a Google sheet; give it as a sheet and not as a file")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, wrongLink("is malformed")
	}
	answer, err := l.policy.Client().Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, l.explain(err)
	}
	defer answer.Body.Close()
	if err := l.check(answer); err != nil {
		return nil, err
	}
	content, err := l.keep(answer.Body)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return content, err
}

// check refuses answers that are no file.
func (l *Links) check(answer *http.Response) error {
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return wrongLink("wants a login; make the file public for everyone with the link, or upload it")
	case code == http.StatusNotFound || code == http.StatusGone:
		return wrongLink("leads to nothing: is it complete, or was the file deleted?")
	case code == http.StatusTooManyRequests || code >= 500:
		return unavailable(fmt.Sprintf("its server answers %d", code))
	case code != http.StatusOK:
		return wrongLink(fmt.Sprintf("gives no file: its server answers %d", code))
	case strings.EqualFold(strings.TrimSpace(kind), "text/html"):
		return wrongLink("leads to a web page, perhaps a login, and not to a file; for a Google sheet, give its link as a sheet, or choose File > Share > Publish to web > CSV")
	case answer.Header.Get("Content-Encoding") != "":
		return wrongLink("gives a compressed answer, which is not read")
	case answer.ContentLength > l.most:
		return l.tooLarge()
	}
	return nil
}

// keep writes a body into a temporary file.
func (l *Links) keep(body io.Reader) (_ Content, err error) {
	file, err := os.CreateTemp("", "sheetreel-link-*")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	kept := &temporary{File: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, kept.Close())
		}
	}()
	// The file has no name from here on, so that nothing stays when the process ends.
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	source := &failing{Reader: io.LimitReader(body, l.most+1)}
	kept.size, err = io.Copy(file, source)
	switch {
	case source.err != nil:
		return nil, unavailable("its server broke off while the file was being read")
	case err != nil:
		return nil, fmt.Errorf("temporary file: %w", err)
	case kept.size > l.most:
		return nil, l.tooLarge()
	}
	return kept, nil
}

// failing remembers that reading failed, to tell it from writing.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

type temporary struct {
	*os.File
	size int64
}

// Size is the number of bytes.
func (t *temporary) Size() int64 { return t.size }

// explain turns what the client says into words. A URL may hold a key, so it is not repeated.
func (l *Links) explain(err error) error {
	var refused *safehttp.RefusedError
	if errors.As(err, &refused) {
		return wrongLink("may not be called: " + refused.What + " " + refused.Why)
	}
	return unavailable("its server does not answer")
}

func (l *Links) tooLarge() error {
	return wrongLink(fmt.Sprintf("leads to a file of more than %d MiB; divide it into several", l.most>>20))
}

func wrongLink(problem string) error {
	return errs.Invalid(errs.Violation{Field: "source.file.uri", Description: "the link " + problem})
}

func unavailable(cause string) error {
	return errs.Unavailable(errorsv1.ErrorReason_SHEET_UNAVAILABLE, "the file cannot be read now, try again later: "+cause, retryLater)
}
