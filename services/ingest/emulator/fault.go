package emulator

import (
	"net/http"
	"strings"
	"time"
)

// Fault makes requests fail by script. Exactly one of Status, Drop, Hang, Slow and Truncate says how.
type Fault struct {
	Times      int           // how many requests; 1 when zero
	Path       string        // only requests whose escaped path contains it; when empty, all requests of the API
	Status     int           // answer with it, in Google's form
	Message    string        // with Status: instead of Google's usual words
	Reason     string        // with Status: the reason of Google's ErrorInfo, for example "SERVICE_DISABLED"
	HTML       bool          // with Status: as a page of a proxy, not as JSON
	RetryAfter int           // with Status: seconds in the Retry-After header
	Drop       bool          // close the connection without an answer
	Hang       bool          // give no answer until the client goes away
	Applied    bool          // first do what was asked, then fail
	Slow       time.Duration // answer as always, but so much later
	Truncate   bool          // answer as always, but end in the middle of the compressed body
}

// Inject adds faults. Each request meets the first that fits it.
func (e *Emulator) Inject(faults ...Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, f := range faults {
		f.Times = max(f.Times, 1)
		e.faults = append(e.faults, f)
	}
}

func (e *Emulator) nextFault(c *call) (Fault, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	path := c.URL.EscapedPath()
	for i, f := range e.faults {
		if !strings.Contains(path, f.Path) || (f.Path == "" && !strings.HasPrefix(path, "/v4/")) {
			continue
		}
		e.faults[i].Times--
		if e.faults[i].Times == 0 {
			e.faults = append(e.faults[:i], e.faults[i+1:]...)
		}
		return f, true
	}
	return Fault{}, false
}

// spoilt is a fault that lets the request be answered after all.
func (f Fault) spoilt() bool { return f.Slow > 0 || f.Truncate }

// delay waits for a slow answer, or until the client goes away.
func (c *call) delay(f Fault) {
	timer := time.NewTimer(f.Slow)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.Context().Done():
	}
}

// strike carries a fault out.
func (e *Emulator) strike(c *call, f Fault) answer {
	switch {
	case f.Hang:
		<-c.Context().Done()
		fallthrough
	case f.Drop:
		e.record(c, 0)
		panic(http.ErrAbortHandler) // net/http's way to close a connection without an answer
	}
	failure := byCode(f.Status)
	failure.message = orDefault(f.Message, failure.message)
	if f.Reason != "" {
		failure.because(f.Reason, map[string]any{"consumer": "projects/1"})
	}
	reply := jsonAnswer(f.Status, failure.body())
	if f.HTML {
		reply = htmlAnswer(f.Status)
	}
	reply.retryAfter = f.RetryAfter
	return reply
}
