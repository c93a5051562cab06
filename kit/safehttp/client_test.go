package safehttp

import (
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// server counts the requests that reach it. It listens on loopback.
type server struct {
	*httptest.Server
	hits atomic.Int32
}

func serve(t *testing.T, tls bool, handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		handle(w, r)
	})
	if tls {
		s.Server = httptest.NewTLSServer(handler)
	} else {
		s.Server = httptest.NewServer(handler)
	}
	t.Cleanup(s.Close)
	return s
}

func ok(http.ResponseWriter, *http.Request) {}

func (s *server) port() string {
	return s.URL[strings.LastIndexByte(s.URL, ':')+1:]
}

func wantRefused(t *testing.T, err error) {
	t.Helper()
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want a refusal", err)
	}
}

func get(c *http.Client, url string) (*http.Response, error) {
	r, err := c.Get(url)
	if err == nil {
		r.Body.Close()
	}
	return r, err
}

// development is what a developer sets, to have webhooks on the own machine.
var development = Policy{AllowHTTP: true, AllowPrivate: true}

func TestClientCallsWhatIsAllowed(t *testing.T) {
	s := serve(t, true, ok)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	p := Policy{AllowPrivate: true, RootCAs: roots}
	if r, err := get(p.Client(), s.URL); err != nil || r.StatusCode != 200 {
		t.Errorf("%v, %v", r, err)
	}
	// A certificate that nobody vouches for.
	if _, err := get(Policy{AllowPrivate: true}.Client(), s.URL); err == nil {
		t.Error("an unknown certificate was trusted")
	}
	if got := s.hits.Load(); got != 1 {
		t.Errorf("%d requests reached the server, want 1", got)
	}
}

func TestClientRefusesPrivateAddresses(t *testing.T) {
	s := serve(t, false, ok)
	strict := Policy{AllowHTTP: true}
	for _, host := range []string{"127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "localhost", "2130706433", "0x7f.1", "0"} {
		_, err := get(strict.Client(), "http://"+host+":"+s.port())
		wantRefused(t, err)
	}
	// Without help of the URL: by a name that leads to it.
	strict.Resolver = resolver(t, "127.0.0.1")
	_, err := get(strict.Client(), "http://private.example/")
	wantRefused(t, err)
	if got := s.hits.Load(); got != 0 {
		t.Errorf("%d requests reached the server", got)
	}
}

// An IPv6 address with a zone must be refused, and not end the process.
func TestClientRefusesZones(t *testing.T) {
	for _, p := range []Policy{{}, development} {
		_, err := get(p.Client(), "https://[fe80::1%25lo]/")
		wantRefused(t, err)
	}
}

// A name that is public when it is saved, and private when it is called.
func TestClientRefusesRebinding(t *testing.T) {
	p := Policy{Resolver: resolver(t, "8.8.8.8", "127.0.0.1")}
	u, err := p.CheckURL("https://rebind.example/")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckHost(t.Context(), u); err != nil {
		t.Fatalf("while it is public: %v", err)
	}
	_, err = get(p.Client(), u.String())
	wantRefused(t, err)
	wantRefused(t, p.CheckHost(t.Context(), u))
}

func TestCheckHost(t *testing.T) {
	mixed := Policy{Resolver: resolver(t, "8.8.8.8 10.0.0.1")}
	wantRefused(t, mixed.CheckHost(t.Context(), &url.URL{Host: "mixed.example"}))
	unknown := Policy{Resolver: resolver(t, "")}
	var notFound *net.DNSError
	if err := unknown.CheckHost(t.Context(), &url.URL{Host: "unknown.example"}); !errors.As(err, &notFound) {
		t.Errorf("an unknown name: %v, want the resolver's error", err)
	}
	address := Policy{}
	wantRefused(t, address.CheckHost(t.Context(), &url.URL{Host: netip.MustParseAddr("10.0.0.1").String()}))
}

func TestRedirects(t *testing.T) {
	target := serve(t, false, ok)
	to := func(url string) *server {
		return serve(t, false, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) })
	}
	t.Run("are answers by default", func(t *testing.T) {
		r, err := get(development.Client(), to(target.URL).URL)
		if err != nil || r.StatusCode != http.StatusFound {
			t.Errorf("%v, %v", r, err)
		}
	})
	following := development
	following.Redirects = 2
	t.Run("are followed when asked for", func(t *testing.T) {
		r, err := get(following.Client(), to(to(target.URL+"#a").URL).URL)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("%v, %v", r, err)
		}
	})
	t.Run("not for ever", func(t *testing.T) {
		_, err := get(following.Client(), to(to(to(target.URL).URL).URL).URL)
		wantRefused(t, err)
	})
	t.Run("not to anywhere", func(t *testing.T) {
		for _, bad := range []string{"http://169.254.169.254/latest", "file:///etc/passwd", "http://u:p@" + target.Listener.Addr().String(), "http://[fe80::1%25lo]/"} {
			_, err := get(following.Client(), to(bad).URL)
			if err == nil {
				t.Errorf("a redirect to %s was followed", bad)
			}
		}
	})
	if got := target.hits.Load(); got != 1 {
		t.Errorf("%d requests reached the target, want 1", got)
	}
}

func TestClientIsBounded(t *testing.T) {
	t.Run("headers", func(t *testing.T) {
		s := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				w.Header().Add("X-Long", strings.Repeat("a", 100))
			}
		})
		if _, err := get(development.Client(), s.URL); err == nil {
			t.Error("100 kB of headers were taken")
		}
	})
	t.Run("time", func(t *testing.T) {
		released := make(chan struct{})
		s := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-released
		})
		t.Cleanup(func() { close(released) })
		hurried := development
		hurried.Timeout = 50 * time.Millisecond
		r, err := hurried.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if _, err := io.ReadAll(r.Body); err == nil {
			t.Error("a body that never ends was waited for")
		}
	})
}

func TestClientKeepsNoConnections(t *testing.T) {
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	client := development.Client()
	for range 3 {
		if _, err := get(client, s.URL); err != nil {
			t.Fatal(err)
		}
	}
	if got := connections.Load(); got != 3 {
		t.Errorf("%d connections for 3 calls, want 3", got)
	}
}
