package emulator

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBodyBytes bounds a request's body.
const maxBodyBytes = 16 << 20

// answer is a whole response, made before any of it is written.
type answer struct {
	code        int
	contentType string
	body        []byte
	retryAfter  int  // seconds; 0 is none
	truncated   bool // end in the middle of the compressed body
}

// call is one request while it is served.
type call struct {
	*http.Request
	segments []string // of the path, unescaped
	body     []byte
	caller   caller
	fields   mask // nil asks for everything
}

// ServeHTTP serves the Sheets API and the token endpoint.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	c := &call{Request: r, body: body}
	var reply answer
	if err != nil {
		reply = jsonAnswer(http.StatusRequestEntityTooLarge, invalid("Request payload size exceeds the limit.").body())
	} else {
		reply = e.serve(c)
	}
	e.record(c, reply.code)
	write(w, r, reply)
}

// serve answers a request, with the fault that waits for it.
func (e *Emulator) serve(c *call) answer {
	fault, faulty := e.nextFault(c)
	if faulty && !fault.Applied && !fault.spoilt() {
		return e.strike(c, fault)
	}
	reply, err := e.route(c)
	var api *apiError
	switch {
	case errors.As(err, &api):
		reply = jsonAnswer(api.code, api.body())
	case err != nil: // a file that cannot be read just now
		broken := byCode(http.StatusServiceUnavailable)
		broken.message = err.Error()
		reply = jsonAnswer(broken.code, broken.body())
	}
	if faulty && !fault.spoilt() {
		return e.strike(c, fault)
	}
	if faulty {
		c.delay(fault)
		reply.truncated = fault.Truncate
	}
	return reply
}

// route finds what a path means. The escaped path is split, because a range may hold an escaped slash.
func (e *Emulator) route(c *call) (answer, error) {
	for segment := range strings.SplitSeq(strings.TrimPrefix(c.URL.EscapedPath(), "/"), "/") {
		text, err := url.PathUnescape(segment)
		if err != nil {
			return notFoundPage(), nil
		}
		c.segments = append(c.segments, text)
	}
	s := c.segments
	switch {
	case len(s) == 1 && s[0] == "token" && c.Method == http.MethodPost:
		return e.giveToken(c), nil
	case len(s) == 4 && s[0] == "drive" && s[1] == "v3" && s[2] == "files" && c.Method == http.MethodGet:
		return e.look(c, s[3])
	case len(s) < 3 || s[0] != "v4" || s[1] != "spreadsheets":
		return notFoundPage(), nil
	case len(s) == 3 && c.Method == http.MethodPost && strings.HasSuffix(s[2], ":batchUpdate"):
		return e.open(c, writes, strings.TrimSuffix(s[2], ":batchUpdate"), batchUpdateBook)
	case len(s) == 3 && c.Method == http.MethodGet:
		return e.open(c, reads, s[2], getBook)
	case len(s) == 5 && s[3] == "values" && c.Method == http.MethodGet:
		return e.open(c, reads, s[2], getValues)
	case len(s) == 4 && s[3] == "values:batchGet" && c.Method == http.MethodGet:
		return e.open(c, reads, s[2], batchGetValues)
	case len(s) == 4 && s[3] == "values:batchUpdate" && c.Method == http.MethodPost:
		return e.open(c, writes, s[2], batchUpdateValues)
	}
	return notFoundPage(), nil
}

// method serves one API method on a spreadsheet and gives the answer with the fields that it may hold.
type method func(c *call, b *book) (map[string]any, schema, error)

// open does what all methods share, in Google's order: who calls, quota, the document, its sharing, the mask.
func (e *Emulator) open(c *call, kind action, id string, serve method) (answer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	caller, err := e.identify(c)
	if err != nil {
		return answer{}, err
	}
	c.caller = caller
	if err := e.charge(kind, caller, id); err != nil {
		return answer{}, err
	}
	b := e.books[id]
	if b == nil {
		return answer{}, byCode(http.StatusNotFound)
	}
	if err := e.permit(b, caller, kind); err != nil {
		return answer{}, err
	}
	if err := b.refresh(e.clock()); err != nil {
		return answer{}, err
	}
	if text := c.URL.Query().Get("fields"); text != "" {
		c.fields, err = parseMask(text)
		if err != nil {
			return answer{}, unknownField(text)
		}
	}
	value, shape, err := serve(c, b)
	if err != nil {
		return answer{}, err
	}
	if kind == writes {
		b.edited(e.clock())
	}
	if unknown, ok := c.fields.check(shape, ""); !ok {
		return answer{}, unknownField(unknown)
	}
	return jsonAnswer(http.StatusOK, c.fields.apply(value)), nil
}

func jsonAnswer(code int, value any) answer {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil { // only for numbers that no cell can hold
		return answer{code: http.StatusInternalServerError, contentType: "text/plain", body: []byte(err.Error())}
	}
	return answer{code: code, contentType: "application/json; charset=UTF-8", body: body.Bytes()}
}

func notFoundPage() answer { return htmlAnswer(http.StatusNotFound) }

// htmlAnswer is a page of Google's front end, which knows nothing of the API.
func htmlAnswer(code int) answer {
	title := strconv.Itoa(code) + " (" + http.StatusText(code) + ")"
	return answer{
		code: code, contentType: "text/html; charset=UTF-8",
		body: []byte("<!DOCTYPE html>\n<html lang=en>\n<title>Error " + title + "!!1</title>\n<p><b>" + title + "</b>\n"),
	}
}

// write sends an answer, compressed when the client asks for it.
func write(w http.ResponseWriter, r *http.Request, reply answer) {
	h := w.Header()
	h.Set("Content-Type", reply.contentType)
	h.Add("Vary", "Accept-Encoding")
	if reply.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(reply.retryAfter))
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, err := z.Write(reply.body)
		if err == nil && z.Close() == nil { // a buffer takes everything
			h.Set("Content-Encoding", "gzip")
			reply.body = packed.Bytes()
			if reply.truncated {
				reply.body = reply.body[:len(reply.body)/2]
			}
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(reply.body)))
	w.WriteHeader(reply.code)
	_, _ = w.Write(reply.body) // a client that went away has nothing to be told
}
