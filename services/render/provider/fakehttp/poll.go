package fakehttp

import (
	"fmt"
	"net/http"
	"strconv"
)

func (s *Server) poll(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch(&s.seen.Polls)
	o := s.order(id)
	switch {
	case o == nil || s.trouble.Forget:
		answer(w, http.StatusNotFound, nil)
		return
	case take(&s.trouble.RefusePolls):
		s.refuse(w)
		return
	case take(&s.trouble.Garbage):
		_, _ = w.Write([]byte("<!doctype html><html>Be right back</html>"))
		return
	}
	if o.State == "running" && take(&s.trouble.Throttle) {
		answer(w, http.StatusOK, s.words(o.ID, "throttled", 0))
		return
	}
	o.Polls++
	part := min(float64(o.Polls)/float64(s.cfg.Polls+1), 1)
	switch {
	case o.State != "running":
	case s.trouble.FailAt > 0 && 100*part >= s.trouble.FailAt:
		o.State = "failed"
	case part == 1:
		o.State = "succeeded"
	}
	if o.State == "running" && s.trouble.Backwards && o.Polls%2 == 0 {
		answer(w, http.StatusOK, s.words(o.ID, "pending", part/10))
		return
	}
	body := s.words(o.ID, o.State, part)
	switch o.State {
	case "failed":
		s.explain(body)
	case "succeeded":
		s.locate(body, o, scheme(r)+r.Host)
	}
	answer(w, http.StatusOK, body)
}

func scheme(r *http.Request) string {
	if r.TLS == nil && r.URL.Scheme != "https" {
		return "http://"
	}
	return "https://"
}

func (s *Server) words(id, state string, part float64) map[string]any {
	return map[string]any{"id": id, "status": state, "progress": part}
}

func (s *Server) explain(body map[string]any) {
	t := s.trouble
	if s.cfg.Shape == "scene" {
		body["failureCode"], body["failure"] = t.FailCode, "it went wrong"
		return
	}
	body["error"] = map[string]any{"code": t.FailCode, "message": "it went wrong", "retryable": !t.FailForGood, "billed": t.FailedBilled}
}

// locate gives a new address of the result with each poll.
func (s *Server) locate(body map[string]any, o *Order, host string) {
	link := strconv.Itoa(len(s.links) + 1)
	s.links[link] = o.ID
	address := fmt.Sprintf("%s/files/%s?signature=of-%s", host, link, link)
	if s.cfg.Shape == "scene" {
		body["output"] = []string{address}
		body["usage"] = map[string]any{"cost": s.cfg.Cost}
		return
	}
	body["url"] = address
	body["cost"] = map[string]any{"amount": s.cfg.Cost}
}

func (s *Server) download(w http.ResponseWriter, r *http.Request, link string) {
	s.mu.Lock()
	s.seen.Downloads++
	if r.Header.Get("Authorization") != "" {
		s.seen.Leaks++
	}
	_, known := s.links[link]
	expired, broken := known && take(&s.trouble.ExpireURLs), known && take(&s.trouble.BreakDownloads)
	result, endless := s.cfg.Result, s.trouble.Endless
	s.mu.Unlock()
	switch {
	case !known:
		w.WriteHeader(http.StatusNotFound)
	case expired:
		w.WriteHeader(http.StatusForbidden)
	case broken:
		w.Header().Set("Content-Length", strconv.Itoa(len(result)))
		_, _ = w.Write(result[:len(result)/2])
		panic(http.ErrAbortHandler)
	case endless:
		_, _ = w.Write(result)
		for zeros := make([]byte, 1<<20); ; {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	default:
		_, _ = w.Write(result)
	}
}
