package safehttp

import (
	"context"
	"net/netip"
	"strings"
	"syscall"
)

// The networks of the IANA special-purpose address registries (IPv4 and IPv6, as of 2026-11), which are nobody's public
// servers, and some that only look public because an IPv4 address hides in them.
const (
	// private may be allowed.
	privateNetworks = `10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7`
	// special is always refused.
	specialNetworks = `0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24
		192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
		::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48
		3fff::/20 5f00::/16 fe80::/10 fec0::/10 ff00::/8`
	// All public IPv6 addresses so far are in it.
	publicIPv6 = `2000::/3`
)

// guard decides about addresses.
type guard struct {
	policy                   Policy
	private, special, public []netip.Prefix
}

func newGuard(p Policy) guard {
	return guard{policy: p, private: prefixes(privateNetworks), special: prefixes(specialNetworks), public: prefixes(publicIPv6)}
}

func prefixes(list string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range strings.Fields(list) {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func in(a netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// control refuses a connection before it is made. The name is resolved by then.
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RefusedError{address, "is no address"}
	}
	if err := g.checkAddress(to.Addr()); err != nil {
		return err
	}
	return g.policy.checkPort(to.Addr().String(), to.Port())
}

func (g guard) checkAddress(a netip.Addr) error {
	if a.Zone() != "" {
		return &RefusedError{a.String(), "has a zone, which is of this machine's own network"}
	}
	plain := a.Unmap()
	switch {
	case in(plain, g.private):
		if g.policy.AllowPrivate {
			return nil
		}
		return &RefusedError{a.String(), "is an address of a private network"}
	case in(plain, g.special), plain.Is6() && !in(plain, g.public):
		return &RefusedError{a.String(), "is not a public address"}
	}
	return nil
}

// checkPort keeps callers away from what is not the web.
func (p Policy) checkPort(host string, port uint16) error {
	if p.AllowPrivate || port == 443 || port == 80 || port == 8443 {
		return nil
	}
	return &RefusedError{host, "the port must be 443, 8443 or 80"}
}
