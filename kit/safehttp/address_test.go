package safehttp

import (
	"errors"
	"net/netip"
	"testing"
)

func TestCheckAddress(t *testing.T) {
	const (
		public  = "public"
		private = "private" // may be allowed
		never   = "never"
	)
	tests := map[string]string{
		"8.8.8.8": public, "1.1.1.1": public, "100.63.255.255": public, "100.128.0.1": public, "172.15.0.1": public, "172.32.0.1": public,
		"192.0.1.1": public, "198.17.255.255": public, "198.20.0.1": public, "223.255.255.255": public, "169.253.1.1": public,
		"2606:4700:4700::1111": public, "2a00:1450::1": public, "2001:200::1": public, "::ffff:8.8.8.8": public,

		"127.0.0.1": private, "127.255.255.255": private, "10.0.0.1": private, "172.16.0.1": private, "172.31.255.255": private,
		"192.168.1.1": private, "100.64.0.1": private, "100.127.255.255": private, "::1": private, "fc00::1": private, "fdff::1": private,
		"::ffff:127.0.0.1": private, "::ffff:10.0.0.1": private,

		"0.0.0.0": never, "0.1.2.3": never, "169.254.169.254": never, "192.0.0.8": never, "192.0.2.1": never, "192.88.99.1": never,
		"198.18.0.1": never, "198.19.255.255": never, "198.51.100.7": never, "203.0.113.9": never, "224.0.0.1": never,
		"239.255.255.255": never, "240.0.0.1": never, "255.255.255.255": never, "::ffff:169.254.169.254": never, "::ffff:0.0.0.0": never,
		"::": never, "::7f00:1": never, "64:ff9b::7f00:1": never, "64:ff9b:1::1": never, "100::1": never, "2001::1": never,
		"2001:db8::1": never, "2002:7f00:1::": never, "3fff::1": never, "5f00::1": never, "fe80::1": never, "febf::1": never,
		"fec0::1": never, "ff02::1": never, "4000::1": never,
		"fe80::1%lo": never, "::1%lo": never, "2606:4700::1%eth0": never,
	}
	for text, want := range tests {
		a := netip.MustParseAddr(text)
		got := never
		switch {
		case newGuard(Policy{}).checkAddress(a) == nil:
			got = public
		case newGuard(Policy{AllowPrivate: true}).checkAddress(a) == nil:
			got = private
		}
		if got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestControlRefusesWhatIsNoAddress(t *testing.T) {
	for _, address := range []string{"", "example.com:443", "127.0.0.1", "[fe80::1%lo]:443", "8.8.8.8:22", "[::ffff:10.0.0.1]:443"} {
		var refused *RefusedError
		if err := newGuard(Policy{}).control(t.Context(), "tcp", address, nil); !errors.As(err, &refused) {
			t.Errorf("%q: %v, want a refusal", address, err)
		}
	}
}
