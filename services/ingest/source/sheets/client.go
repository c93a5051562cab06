// Package sheets reads tabs and ranges of Google spreadsheets. It is the only package that knows the Sheets API, and of the Drive API the versions of
// spreadsheets.
//
// One read of a sheet costs two requests: one for what the spreadsheet is, one for its values. A range of more than 300,000
// cells needs more of the second kind, so that memory stays bounded; the table says how many there were. Links behind texts cost
// one more, and only when they are asked for and may be there.
//
// Every request goes through package upstream, and every error is one of kit/errs in words for a content team.
package sheets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	driveapi "google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	sheetsapi "google.golang.org/api/sheets/v4"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

// Deps are the peers of a Client.
type Deps struct {
	// Quota grants each request, with the descriptors action=sheets.read (of Drive: drive.read), project, user and sheet, and those by which Google
	// counts: credential and cloud_project.
	Quota ratelimitv1.QuotaServiceClient
	// Transport carries the requests, before authentication; one of its own when nil.
	Transport http.RoundTripper
}

// Client reaches Google Sheets with one identity. It is safe for concurrent use.
type Client struct {
	service  *sheetsapi.Service
	drive    *driveapi.Service
	upstream *upstream.Upstream
	identity identity
	edits    bool // it has the right to edit
	watches  bool // it has the right to see versions
	google   bool // it is Google's own service, whose ids have a form
	close    func()
}

// tokenTimeout bounds a request for a token.
const tokenTimeout = 30 * time.Second

// New makes a Client. It makes no request.
func New(cfg Config, deps Deps) (*Client, error) {
	key, err := cfg.key()
	if err != nil {
		return nil, err
	}
	secrets := 0
	for _, given := range []bool{key != "", cfg.Credentials != "", cfg.ApplicationDefault} {
		if given {
			secrets++
		}
	}
	if secrets > 1 {
		return nil, errors.New("sheets credentials: give one of key file, API key and application default")
	}
	if err := cfg.checkEndpoint(secrets > 0); err != nil {
		return nil, err
	}
	policy, err := cfg.policy()
	if err != nil {
		return nil, err
	}
	c := &Client{close: func() {}, edits: cfg.Edits, watches: cfg.Connect, google: cfg.Endpoint == ""}
	if deps.Transport == nil {
		// A transport of its own, so that a busy client elsewhere cannot use up the idle connections.
		transport := newTransport()
		deps.Transport, c.close = transport, transport.CloseIdleConnections
	}
	base := bounded(maxAnswerBytes, deps.Transport)
	a, err := cfg.account(&http.Client{Transport: base, CheckRedirect: noRedirect, Timeout: tokenTimeout})
	if err != nil {
		return nil, err
	}
	switch {
	case a != nil:
		c.identity = a.identity
	case key != "":
		// Nobody but Google knows the key's project, so the key stands for it.
		c.identity = identity{kind: byKey, credential: "key-" + mark(key), cloudProject: "key-" + mark(key)}
	case cfg.Endpoint != "":
		c.identity = identity{kind: byEndpoint}
	}
	options := []option.ClientOption{
		option.WithHTTPClient(&http.Client{Transport: authenticated(a, key, base), CheckRedirect: noRedirect}),
	}
	driveOptions := slices.Clone(options)
	if cfg.Endpoint != "" {
		options = append(options, option.WithEndpoint(cfg.Endpoint))
		driveOptions = append(driveOptions, option.WithEndpoint(strings.TrimSuffix(cfg.Endpoint, "/")+"/drive/v3/"))
	}
	c.service, err = sheetsapi.NewService(context.Background(), options...)
	if err != nil {
		return nil, fmt.Errorf("sheets client: %w", err)
	}
	c.drive, err = driveapi.NewService(context.Background(), driveOptions...)
	if err != nil {
		return nil, fmt.Errorf("drive client: %w", err)
	}
	if cfg.Upstream.TryTimeout == 0 {
		cfg.Upstream.TryTimeout = cfg.TryTimeout
	}
	if cfg.Upstream.Retry == (retry.Policy{}) {
		cfg.Upstream.Retry = policy
	}
	c.upstream, err = upstream.New(cfg.Upstream, upstream.Deps{Quota: deps.Quota, Classify: c.identity.classify})
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

// Account is the address with which people share their sheets; empty when it is not known.
func (c *Client) Account() string { return c.identity.email }

// Close drops idle connections.
func (c *Client) Close() { c.close() }

// Request names what to read, how, and for whom.
type Request struct {
	Spreadsheet string // a link or an id
	Range       string // a tab, an A1 range, a named range or a Table; empty means the link's range or tab, else the first visible tab
	Project     string // whose quota pays, for example "demo"
	User        string // whose quota pays; "default" when empty

	FillMerged  bool // each cell of merged ones gets their value; else only the first has it
	VisibleOnly bool // rows that a person or a filter has hidden count as empty
}

// Sheet checks a request and makes its source. It makes no request to Google.
func (c *Client) Sheet(req Request) (source.Source, error) {
	where, err := parseLink(req.Spreadsheet)
	if err != nil {
		return nil, err
	}
	if c.google && len(where.id) < shortestID {
		return nil, wrongLink(req.Spreadsheet, notALink)
	}
	if req.Range != "" {
		where.text = req.Range
	}
	if req.User == "" {
		req.User = "default"
	}
	return &sheet{
		Client: c, location: where, fillMerged: req.FillMerged, visibleOnly: req.VisibleOnly,
		descriptors: c.identity.charge("sheets.read", req.Project, req.User, where.id),
	}, nil
}
