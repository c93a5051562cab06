package limit

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of the proxies in front of the gateway: what they say of their callers is believed.
type Proxies []netip.Prefix

// ParseProxies reads networks ("10.0.0.0/8") and addresses ("127.0.0.1").
func ParseProxies(texts []string) (Proxies, error) {
	var proxies Proxies
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil {
			network, err = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q: must be an address or a network, for example 10.0.0.0/8", text)
		}
		proxies = append(proxies, network.Masked())
	}
	return proxies, nil
}

func (p Proxies) contain(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(address) })
}

// Client names who sent a request from the address of its connection and its X-Forwarded-For fields. Anybody can write
// that field, so it is read from its end, where the nearest proxy adds to it, and only as far as trusted proxies go.
// It is empty for callers on this machine, who are its own, and when the address is of no IP network. Of an IPv6 address it
// is the network of 64 bits, all of which one caller has.
func (p Proxies) Client(connection string, forwarded []string) string {
	address, ok := parseAddress(connection)
	if !ok {
		return ""
	}
	chain := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(chain) - 1; i >= 0 && p.contain(address); i-- {
		next, ok := parseAddress(strings.TrimSpace(chain[i]))
		if !ok {
			break
		}
		address = next
	}
	switch {
	case address.IsLoopback():
		return ""
	case address.Is6():
		return netip.PrefixFrom(address, 64).Masked().String()
	}
	return address.String()
}

// parseAddress reads an IP address, with or without a port.
func parseAddress(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		address = withPort.Addr()
	}
	return address.Unmap().WithZone(""), true
}
