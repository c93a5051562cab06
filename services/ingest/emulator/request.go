package emulator

import (
	"net/url"
	"slices"
)

// The log of requests is bounded: the latest stay.
const (
	maxRequests    = 1000
	maxLoggedBytes = 64 << 10
)

// Request is what the log keeps of a request. Credentials are left out.
type Request struct {
	Method  string
	Path    string // as it was sent, escaped
	Query   url.Values
	Body    string // its first 64 KiB; empty for the token endpoint
	Account string // whose token came with it; [Anyone] without one
	CanEdit bool   // whether that token allows writing
	Status  int    // 0 when the connection was closed without an answer
}

// Requests gives the latest requests, oldest first.
func (e *Emulator) Requests() []Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

func (e *Emulator) record(c *call, status int) {
	query := c.URL.Query()
	query.Del("key")
	entry := Request{
		Method: c.Method, Path: c.URL.EscapedPath(), Query: query, Account: orDefault(c.caller.account, Anyone), CanEdit: c.caller.canEdit, Status: status,
	}
	if entry.Path != "/token" {
		entry.Body = string(c.body[:min(len(c.body), maxLoggedBytes)])
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.requests) == maxRequests {
		e.requests = slices.Delete(e.requests, 0, 1)
	}
	e.requests = append(e.requests, entry)
}
