package limit

import (
	"net/netip"
	"strings"
	"testing"
)

func proxies(t testing.TB, texts ...string) Proxies {
	t.Helper()
	p, err := ParseProxies(texts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestClient(t *testing.T) {
	behind := []string{"10.0.0.0/8", "192.0.2.1", "fd00::/8"}
	tests := []struct {
		name, connection string
		forwarded        []string
		trusted          []string
		want             string
	}{
		{name: "a direct caller", connection: "203.0.113.7:4711", want: "203.0.113.7"},
		{name: "one that forges the field", connection: "203.0.113.7:4711", forwarded: []string{"198.51.100.1"}, trusted: behind, want: "203.0.113.7"},
		{name: "behind a proxy", connection: "10.1.2.3:80", forwarded: []string{"198.51.100.1"}, trusted: behind, want: "198.51.100.1"},
		{name: "forged before the proxy", connection: "10.1.2.3:80", forwarded: []string{"1.1.1.1, 198.51.100.1"}, trusted: behind, want: "198.51.100.1"},
		{name: "behind two proxies", connection: "10.1.2.3:80", forwarded: []string{"1.1.1.1,198.51.100.1", "192.0.2.1"}, trusted: behind, want: "198.51.100.1"},
		{name: "with a port", connection: "10.1.2.3:80", forwarded: []string{"198.51.100.1:5555"}, trusted: behind, want: "198.51.100.1"},
		{name: "the proxy itself", connection: "10.1.2.3:80", trusted: behind, want: "10.1.2.3"},
		{name: "nonsense in the field", connection: "10.1.2.3:80", forwarded: []string{"unknown"}, trusted: behind, want: "10.1.2.3"},
		{name: "only proxies", connection: "10.1.2.3:80", forwarded: []string{"10.0.0.1"}, trusted: behind, want: "10.0.0.1"},
		{name: "this machine", connection: "127.0.0.1:4711"},
		{name: "this machine, IPv6", connection: "[::1]:4711"},
		{name: "a proxy on this machine", connection: "[::1]:80", forwarded: []string{"198.51.100.1"}, trusted: []string{"127.0.0.1", "::1"}, want: "198.51.100.1"},
		{name: "in memory", connection: "bufconn"},
		{name: "IPv6", connection: "[2001:db8:1:2:3:4:5:6]:443", want: "2001:db8:1:2::/64"},
		{name: "IPv6 with a zone", connection: "[fe80::1%eth0]:443", want: "fe80::/64"},
		{name: "IPv4 in IPv6", connection: "[::ffff:203.0.113.7]:443", want: "203.0.113.7"},
		{name: "an IPv6 proxy", connection: "[fd00::1]:443", forwarded: []string{"[2001:db8::5]:99"}, trusted: behind, want: "2001:db8::/64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := proxies(t, test.trusted...).Client(test.connection, test.forwarded); got != test.want {
				t.Errorf("client = %q, want %q", got, test.want)
			}
		})
	}
}

func TestParseProxiesRefuses(t *testing.T) {
	for _, text := range []string{"", "proxy.internal", "10.0.0.0/33", "10.0.0.1:80"} {
		if _, err := ParseProxies([]string{"10.0.0.0/8", text}); err == nil || !strings.Contains(err.Error(), "trusted proxy") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

// FuzzClient checks that nobody outside the trusted networks chooses who he is, and that every name is one that a limit can
// count by.
func FuzzClient(f *testing.F) {
	f.Add("203.0.113.7:4711", "198.51.100.1, 10.0.0.1")
	f.Add("[2001:db8::1]:1", ",,")
	f.Add("10.0.0.1:80", "[::1]:2")
	f.Fuzz(func(t *testing.T, connection, forwarded string) {
		trusted := proxies(t, "10.0.0.0/8")
		got := trusted.Client(connection, []string{forwarded})
		if address, ok := parseAddress(connection); !ok || !trusted.contain(address) {
			if direct := trusted.Client(connection, nil); got != direct {
				t.Errorf("client = %q by the field, %q by the connection", got, direct)
			}
		}
		if got == "" {
			return
		}
		_, addressErr := netip.ParseAddr(got)
		_, networkErr := netip.ParsePrefix(got)
		if addressErr != nil && networkErr != nil || len(got) > 64 {
			t.Errorf("client = %q", got)
		}
	})
}
