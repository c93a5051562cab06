package safehttp

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestCheckURL(t *testing.T) {
	loopback := Policy{AllowHTTP: true, AllowPrivate: true}
	tests := map[string]struct {
		policy  Policy
		url     string
		want    string // the URL as it is kept
		refused string // or a part of the reason
	}{
		"plain":                      {url: "https://hooks.example.com/in?a=b", want: "https://hooks.example.com/in?a=b"},
		"upper case and a dot":       {url: "HTTPS://Hooks.Example.COM./", want: "https://hooks.example.com/"},
		"port of the web":            {url: "https://example.com:8443/", want: "https://example.com:8443/"},
		"punycode":                   {url: "https://bücher.example/", want: "https://xn--bcher-kva.example/"},
		"homograph is shown":         {url: "https://аpple.com/", want: "https://xn--pple-43d.com/"},
		"public address":             {url: "https://8.8.8.8/", want: "https://8.8.8.8/"},
		"public IPv6 address":        {url: "https://[2606:4700::1111]/", want: "https://[2606:4700::1111]/"},
		"http":                       {url: "http://example.com/", refused: "https://"},
		"other scheme":               {url: "file:///etc/passwd", refused: "https://"},
		"no scheme":                  {url: "example.com", refused: "https://"},
		"password":                   {url: "https://user:pw@example.com/", refused: "password"},
		"no host":                    {url: "https:///x", refused: "host"},
		"opaque":                     {url: "https:example.com", refused: "host"},
		"fragment":                   {url: "https://example.com/#a", refused: "fragment"},
		"malformed":                  {url: "https://exa mple.com/", refused: "malformed"},
		"control characters":         {url: "https://example.com/\r\nX: y", refused: "malformed"},
		"long":                       {url: "https://example.com/" + strings.Repeat("a", 10_000), refused: "longer"},
		"ssh":                        {url: "https://example.com:22/", refused: "port"},
		"smtp":                       {url: "https://example.com:25/", refused: "port"},
		"redis":                      {url: "https://example.com:6379/", refused: "port"},
		"port 0":                     {url: "https://example.com:0/", refused: "port"},
		"port too high":              {url: "https://example.com:65536/", refused: "port"},
		"loopback":                   {url: "https://127.0.0.1/", refused: "private"},
		"mapped":                     {url: "https://[::ffff:10.0.0.1]/", refused: "private"},
		"zone":                       {url: "https://[fe80::1%25lo]/", refused: "zone"},
		"cloud":                      {url: "https://169.254.169.254/latest", refused: "public"},
		"number":                     {url: "https://2130706433/", refused: "domain name"},
		"hexadecimal":                {url: "https://0x7f000001/", refused: "domain name"},
		"short form":                 {url: "https://127.1/", refused: "domain name"},
		"octal":                      {url: "https://0177.0.0.1/", refused: "domain name"},
		"full-width digits":          {url: "https://１２７.０.０.１/", refused: "domain name"},
		"single label":               {url: "https://localhost/", refused: "full domain name"},
		"bad label":                  {url: "https://-a.example/", refused: "domain name"},
		"empty label":                {url: "https://a..example/", refused: "domain name"},
		"long name":                  {url: "https://" + strings.Repeat("a.", 130) + "example/", refused: "domain name"},
		"loopback by setting":        {policy: loopback, url: "http://127.0.0.1:9000/x", want: "http://127.0.0.1:9000/x"},
		"localhost by setting":       {policy: loopback, url: "http://localhost:9000/", want: "http://localhost:9000/"},
		"cloud in spite of setting":  {policy: loopback, url: "http://169.254.169.254/", refused: "public"},
		"a setting is for one thing": {policy: Policy{AllowHTTP: true}, url: "http://10.0.0.1/", refused: "private"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			u, err := test.policy.CheckURL(test.url)
			var refused *RefusedError
			switch {
			case test.refused == "" && err != nil:
				t.Fatal(err)
			case test.refused == "" && u.String() != test.want:
				t.Errorf("kept as %s, want %s", u, test.want)
			case test.refused != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), test.refused)):
				t.Errorf("%v, %v; want a refusal because of %q", u, err, test.refused)
			}
		})
	}
}

// What is accepted is accepted again as it is kept, and is what a client would call.
func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{
		"https://example.com/", "https://[::1]/", "https://[fe80::1%25lo]/", "https://0x7f.1:80/", "http://a@b", "https://bücher.example:443/?q#f",
		"https://0.\x80", "https://%31%32%37.0.0.1/", "https://example.com:443:80/", "https://１２７.0.0.1/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var p Policy
		u, err := p.CheckURL(raw)
		if err != nil {
			return
		}
		again, err := p.CheckURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Fatalf("%q is kept as %q, which gives %v, %v", raw, u, again, err)
		}
		parsed, err := url.Parse(u.String())
		if err != nil || parsed.Scheme != "https" || parsed.User != nil || parsed.Hostname() == "" {
			t.Fatalf("%q is kept as %q, read as %v, %v", raw, u, parsed, err)
		}
	})
}
