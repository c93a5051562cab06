// Package sheets reads tabs and ranges of Google spreadsheets. It is the only package that knows the Sheets API.
//
// One read of a sheet costs two requests, whatever its size: one for what the spreadsheet is, one for its values.
// Every request goes through package upstream, and every error is one of kit/errs in words for a content team.
package sheets

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"google.golang.org/api/option"
	sheetsapi "google.golang.org/api/sheets/v4"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

// Deps are the peers of a Client.
type Deps struct {
	// Quota grants each request, with the descriptors action=sheets.read, project, user and sheet.
	Quota ratelimitv1.QuotaServiceClient
}

// Client reaches Google Sheets with one identity. It is safe for concurrent use.
type Client struct {
	service  *sheetsapi.Service
	upstream *upstream.Upstream
	identity identity
	close    func()
}

// identity is as whom a Client reads.
type identity struct {
	account string // a service account's address, or empty
	anyone  bool   // by API key, or at an endpoint without authentication
}

// New makes a Client. It makes no request.
func New(cfg Config, deps Deps) (*Client, error) {
	key, err := cfg.key()
	if err != nil {
		return nil, err
	}
	err = cfg.checkEndpoint(key != "" || cfg.Credentials != "")
	if err != nil {
		return nil, err
	}
	// A transport of its own, so that a busy client elsewhere cannot use up the idle connections.
	transport := newTransport()
	base := bounded(maxAnswerBytes, transport)
	c := &Client{identity: identity{anyone: key != "" || cfg.Endpoint != ""}, close: transport.CloseIdleConnections}
	var a *account
	if cfg.Credentials != "" {
		a, err = loadAccount(cfg.Credentials, &http.Client{Transport: base, CheckRedirect: noRedirect})
		if err != nil {
			return nil, err
		}
		c.identity = identity{account: a.email}
	}
	options := []option.ClientOption{
		option.WithHTTPClient(&http.Client{Transport: authenticated(a, key, base), CheckRedirect: noRedirect}),
	}
	if cfg.Endpoint != "" {
		options = append(options, option.WithEndpoint(cfg.Endpoint))
	}
	c.service, err = sheetsapi.NewService(context.Background(), options...)
	if err != nil {
		return nil, fmt.Errorf("sheets client: %w", err)
	}
	if cfg.Upstream.TryTimeout == 0 {
		cfg.Upstream.TryTimeout = cfg.TryTimeout
	}
	c.upstream, err = upstream.New(cfg.Upstream, upstream.Deps{Quota: deps.Quota, Classify: classify})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,

		ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: time.Minute,
		MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 1 << 20,
	}
}

// noRedirect keeps credentials where they belong: the API never redirects.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Account is the address with which people share their sheets; empty when no service account is configured.
func (c *Client) Account() string { return c.identity.account }

// Close drops idle connections.
func (c *Client) Close() { c.close() }

// Request names what to read, and for whom.
type Request struct {
	Spreadsheet string // a link or an id
	Range       string // a tab, an A1 range or a named range; empty means the link's range or tab, else the first visible tab
	Project     string // whose quota pays, for example "demo"
	User        string // whose quota pays; "default" when empty
}

// Sheet checks a request and makes its source. It makes no request to Google.
func (c *Client) Sheet(req Request) (source.Source, error) {
	where, err := parseLink(req.Spreadsheet)
	if err != nil {
		return nil, err
	}
	if req.Range != "" {
		where.text = req.Range
	}
	if req.User == "" {
		req.User = "default"
	}
	return &sheet{Client: c, location: where, descriptors: map[string]string{
		"action": "sheets.read", "project": req.Project, "user": req.User, "sheet": where.id,
	}}, nil
}
