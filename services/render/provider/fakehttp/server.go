package fakehttp

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says what the provider is like.
type Config struct {
	// Shape is video or scene.
	Shape string
	// Secret is what calls must have in the header Authorization, after Bearer.
	Secret string
	// Result is what a finished order gives.
	Result []byte
	// Polls is how many polls see an order running before it is done; 2 when 0.
	Polls int
	// Cost is what it says that an order costs.
	Cost float64
	// Forgetful: the header Idempotency-Key means nothing.
	Forgetful bool
}

// Trouble is what goes wrong. Counts say how often; they run out.
type Trouble struct {
	// LoseSubmits: the order is taken, and the answer never comes. DropSubmits: it is not even taken.
	LoseSubmits, DropSubmits int
	// RefuseSubmits and RefusePolls are answered with Code, and RetryAfter when it is set.
	RefuseSubmits, RefusePolls int
	Code                       int
	RetryAfter                 time.Duration
	// Throttle: so many polls see the order held back.
	Throttle int
	// FailAt makes an order fail when it is so far, in percent; FailCode says why.
	FailAt       float64
	FailCode     string
	FailForGood  bool
	FailedBilled bool
	// ExpireURLs: so many addresses are no longer good when they are called.
	ExpireURLs int
	// BreakDownloads: so many downloads end in the middle.
	BreakDownloads int
	// Endless: the result has no end.
	Endless bool
	// Backwards: each second poll tells less progress than the one before, and an older state.
	Backwards bool
	// Garbage: so many polls are answered with a web page.
	Garbage int
	// Forget: it knows the order no more.
	Forget bool
}

// Order is what was ordered, as the provider has it.
type Order struct {
	ID, Key   string
	Body      map[string]any
	Polls     int
	State     string
	Cancelled int
}

// Seen is what the customer did.
type Seen struct {
	// Doubles are keys that were ordered more than once as different orders.
	Doubles []string
	// MostOpen is how many orders were open at the same time, at most.
	MostOpen int
	// Early counts calls that came before the time that Retry-After told.
	Early int
	// Leaks counts downloads that came with the secret.
	Leaks int
	// Submits, Polls and Downloads count calls.
	Submits, Polls, Downloads int
}

// Server is the provider. It is an [http.Handler]; see also [Server.Transport].
type Server struct {
	cfg Config

	mu      sync.Mutex
	trouble Trouble
	orders  []*Order
	seen    Seen
	leave   time.Time // until then it wants to be left alone
	links   map[string]string
}

// New makes a provider.
func New(cfg Config) *Server {
	if cfg.Polls == 0 {
		cfg.Polls = 2
	}
	return &Server{cfg: cfg, links: map[string]string{}}
}

// Misbehave says what goes wrong from now on.
func (s *Server) Misbehave(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = t
}

// Give changes the result.
func (s *Server) Give(result []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Result = result
}

// Seen tells what the customer did.
func (s *Server) Seen() Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.seen
	out.Doubles = slices.Clone(out.Doubles)
	return out
}

// Orders are all orders.
func (s *Server) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Order
	for _, o := range s.orders {
		out = append(out, *o)
	}
	return out
}

// list is the resource's name.
func (s *Server) list() string {
	if s.cfg.Shape == "scene" {
		return "tasks"
	}
	return "renders"
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id, ok := strings.CutPrefix(r.URL.Path, "/files/"); ok {
		s.download(w, r, id)
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.cfg.Secret)) == 0 {
		answer(w, http.StatusUnauthorized, map[string]any{"error": map[string]any{"message": "who are you?"}})
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/v1/"+s.list())
	id, verb, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	switch {
	case !ok:
		answer(w, http.StatusNotFound, nil)
	case r.Method == http.MethodPost && id == "":
		s.submit(w, r)
	case r.Method == http.MethodGet && id == "":
		s.find(w, r.URL.Query().Get("key"))
	case r.Method == http.MethodGet:
		s.poll(w, r, id)
	case r.Method == http.MethodDelete, r.Method == http.MethodPost && verb == "cancel":
		s.cancel(w, id)
	default:
		answer(w, http.StatusMethodNotAllowed, nil)
	}
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body) // the customer is gone
	}
}

// take uses up one of a trouble.
func take(count *int) bool {
	if *count <= 0 {
		return false
	}
	*count--
	return true
}

// refuse answers with trouble, and remembers when to be asked again.
func (s *Server) refuse(w http.ResponseWriter) {
	if s.trouble.RetryAfter > 0 {
		s.leave = time.Now().Add(s.trouble.RetryAfter)
		w.Header().Set("Retry-After", strconv.Itoa(int(s.trouble.RetryAfter.Seconds())))
	}
	answer(w, s.trouble.Code, map[string]any{"error": map[string]any{"message": "not now"}})
}

// watch counts a call.
func (s *Server) watch(calls *int) {
	*calls++
	if time.Now().Before(s.leave) {
		s.seen.Early++
	}
}

func (s *Server) order(id string) *Order {
	for _, o := range s.orders {
		if o.ID == id {
			return o
		}
	}
	return nil
}

func (s *Server) open() int {
	n := 0
	for _, o := range s.orders {
		if o.State == "running" {
			n++
		}
	}
	return n
}

func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": map[string]any{"message": "no JSON"}})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch(&s.seen.Submits)
	if take(&s.trouble.RefuseSubmits) {
		s.refuse(w)
		return
	}
	if take(&s.trouble.DropSubmits) {
		panic(http.ErrAbortHandler)
	}
	metadata, _ := body["metadata"].(map[string]any)
	key, _ := metadata["key"].(string)
	o := s.byKey(key)
	if o != nil && (s.cfg.Forgetful || r.Header.Get("Idempotency-Key") != key) {
		s.seen.Doubles = append(s.seen.Doubles, key)
		o = nil
	}
	if o == nil {
		o = &Order{ID: fmt.Sprintf("%s-%d", s.list(), len(s.orders)+1), Key: key, Body: body, State: "running"}
		s.orders = append(s.orders, o)
		s.seen.MostOpen = max(s.seen.MostOpen, s.open())
	}
	if take(&s.trouble.LoseSubmits) {
		panic(http.ErrAbortHandler)
	}
	answer(w, http.StatusCreated, map[string]any{"id": o.ID, "status": "pending"})
}

func (s *Server) byKey(key string) *Order {
	for _, o := range s.orders {
		if o.Key == key {
			return o
		}
	}
	return nil
}

func (s *Server) find(w http.ResponseWriter, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []any{}
	if o := s.byKey(key); o != nil {
		found = append(found, map[string]any{"id": o.ID})
	}
	answer(w, http.StatusOK, map[string]any{s.list(): found})
}

func (s *Server) cancel(w http.ResponseWriter, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.order(id)
	switch {
	case o == nil:
		answer(w, http.StatusNotFound, nil)
		return
	case o.State != "running":
		answer(w, http.StatusConflict, nil)
		return
	}
	o.State = "cancelled"
	o.Cancelled++
	w.WriteHeader(http.StatusNoContent)
}
