package safehttp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// urlMost is how long a URL may be, in bytes.
const urlMost = 2048

// CheckURL refuses what the policy does not allow to call, as far as the URL tells, and gives the URL with its host in
// lower case, an international one in punycode.
func (p Policy) CheckURL(raw string) (*url.URL, error) {
	if len(raw) > urlMost {
		return nil, &RefusedError{"url", "is longer than " + strconv.Itoa(urlMost) + " bytes"}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, &RefusedError{"url", "is malformed"}
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, &RefusedError{"url", "must begin with https://"}
	case u.Scheme == "http" && !p.AllowHTTP:
		return nil, &RefusedError{"url", "must begin with https://, so that nobody on the way can read or change what is sent"}
	case u.User != nil:
		return nil, &RefusedError{"url", "must not hold a user name or password"}
	case u.Hostname() == "" || u.Opaque != "":
		return nil, &RefusedError{"url", "has no host"}
	case u.Fragment != "":
		return nil, &RefusedError{"url", "must not have a fragment (#)"}
	}
	host, err := p.checkHostname(u.Hostname())
	if err != nil {
		return nil, err
	}
	port, err := p.checkPortText(host, u.Port())
	if err != nil {
		return nil, err
	}
	u.Host = host + port
	return u, nil
}

func (p Policy) checkPortText(host, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return "", &RefusedError{host, "the port must be a number from 1 to 65535"}
	}
	return ":" + strconv.FormatUint(port, 10), p.checkPort(host, uint16(port))
}

// checkHostname checks a name or an address, and gives it as it stands in a URL.
func (p Policy) checkHostname(host string) (string, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if err := newGuard(p).checkAddress(a); err != nil {
			return "", err
		}
		if a.Is6() {
			return "[" + a.String() + "]", nil
		}
		return a.String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err == nil {
		_, err = idna.Lookup.ToASCII(name) // some come out as what would not be taken again
	}
	if err != nil || len(name) > 253 || slices.ContainsFunc(strings.Split(name, "."), badLength) {
		return "", &RefusedError{host, "is not a domain name"}
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case isNumber(last):
		// Some resolvers take 2130706433 or 0x7f.1 for an address.
		return "", &RefusedError{host, "is neither a domain name nor an address"}
	case last == name && !p.AllowPrivate:
		return "", &RefusedError{host, "must be a full domain name"}
	}
	return name, nil
}

func badLength(label string) bool { return label == "" || len(label) > 63 }

func isNumber(label string) bool {
	if _, err := strconv.ParseUint(label, 0, 64); err == nil {
		return true
	}
	return strings.Trim(label, "0123456789") == ""
}

// CheckHost resolves the host of a checked URL now, and refuses it when one of its addresses is refused. A name that
// cannot be resolved gives the resolver's error, which is no *RefusedError: it may be resolved later.
func (p Policy) CheckHost(ctx context.Context, u *url.URL) error {
	resolver := p.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	addresses, err := resolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return err
	}
	g := newGuard(p)
	for _, a := range addresses {
		var refused *RefusedError
		if errors.As(g.checkAddress(a), &refused) {
			// Which address it is would tell a stranger of our network.
			return &RefusedError{u.Hostname(), "leads to an address that " + refused.Why}
		}
	}
	return nil
}
