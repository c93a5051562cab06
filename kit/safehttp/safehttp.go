// Package safehttp calls URLs that strangers have chosen, without lending them our place in the network: a request
// goes to public addresses only, by https, to the ports of the web.
//
// The address is checked when it is dialled, after the name was resolved and before anything is sent. So it does not
// matter what a name pointed to before, or what a redirect says: each connection is checked again. URLs should be
// checked when they are saved too, with [Policy.CheckURL] and [Policy.CheckHost], as it is kinder to refuse early.
//
// Connections are not shared between calls, so that one caller cannot meet another's; proxies of the environment are
// not used, because they would dial for us.
package safehttp

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Policy says what may be called. The zero value is the strict one.
type Policy struct {
	// AllowHTTP lets plain http through, beside https.
	AllowHTTP bool
	// AllowPrivate lets loopback and private networks through, and every port. Link-local addresses, where clouds keep
	// their credentials, stay refused.
	AllowPrivate bool
	// Redirects is how many are followed; with none, a redirect is an answer like others.
	Redirects int
	// Timeout bounds a whole call, with the reading of its answer; 15 s when zero.
	Timeout time.Duration
	// Resolver resolves names; the machine's when nil.
	Resolver *net.Resolver
	// RootCAs are trusted; the machine's when nil.
	RootCAs *x509.CertPool
}

const (
	defaultTimeout = 15 * time.Second
	dialTimeout    = 10 * time.Second
	headerMost     = 16 << 10
)

// RefusedError says that a call is against the policy. Nothing was sent.
type RefusedError struct {
	What, Why string
}

func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %s", e.What, e.Why) }

// Client makes a client that keeps to the policy. The caller must bound how much it reads of an answer.
func (p Policy) Client() *http.Client {
	if p.Timeout <= 0 {
		p.Timeout = defaultTimeout
	}
	g := newGuard(p)
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: p.Resolver, ControlContext: g.control}
	return &http.Client{
		Timeout: p.Timeout,
		Transport: checked{p, &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.RootCAs},
			TLSHandshakeTimeout:    dialTimeout,
			MaxResponseHeaderBytes: headerMost,
			DisableKeepAlives:      true,
			DisableCompression:     true,
		}},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			switch {
			case p.Redirects == 0:
				return http.ErrUseLastResponse
			case len(via) > p.Redirects:
				return &RefusedError{"redirect", fmt.Sprintf("more than %d", p.Redirects)}
			}
			return nil
		},
	}
}

// checked checks the URL of each request, those of redirects too.
type checked struct {
	policy Policy
	next   http.RoundTripper
}

func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	u := *r.URL
	u.Fragment, u.RawFragment = "", "" // of a redirect; it is not sent
	if _, err := c.policy.CheckURL(u.String()); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	return c.next.RoundTrip(r)
}
