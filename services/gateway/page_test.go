package gateway

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPageIsServed(t *testing.T) {
	b := setup(t)
	r := b.do("GET", "/", "")
	body := text(t, r)
	if r.StatusCode != http.StatusOK || !strings.Contains(body, `data-project="demo"`) {
		t.Fatalf("status %d, body %q", r.StatusCode, body)
	}
	want := map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": contentPolicy,
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
		"Cache-Control":           "no-cache",
	}
	got := map[string]string{}
	for name := range want {
		got[name] = r.Header.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if strings.Contains(contentPolicy, "unsafe") {
		t.Error("the policy allows something unsafe")
	}
}

var (
	reference = regexp.MustCompile(`(?:href|src)="(/[^"]+)"|url\("(/[^"]+)"\)|from "(\./[^"]+)"`)
	foreign   = regexp.MustCompile(`(?:href|src)="https?:|url\("?https?:|from "https?:|@import`)
	inline    = regexp.MustCompile(`<script>|<style>| style=| on[a-z]+="|innerHTML|insertAdjacentHTML|\beval\(`)
)

// TestPageIsComplete follows every reference of every file: all must be served by us, and nothing may need what the
// content policy forbids.
func TestPageIsComplete(t *testing.T) {
	b := setup(t)
	seen := map[string]bool{}
	queue := []string{"/"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		r := b.do("GET", path, "")
		body := text(t, r)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, r.StatusCode)
			continue
		}
		if path == "/openapi.json" {
			continue
		}
		for _, forbidden := range []*regexp.Regexp{foreign, inline} {
			if found := forbidden.FindString(body); found != "" {
				t.Errorf("%s holds %q", path, found)
			}
		}
		for _, m := range reference.FindAllStringSubmatch(body, -1) {
			queue = append(queue, m[1]+m[2]+strings.Replace(m[3], "./", "/page/", 1))
			if last := queue[len(queue)-1]; strings.Contains(last, "${") {
				queue = queue[:len(queue)-1] // built at run time
			}
		}
	}
	entries, err := pageFiles.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := "/page/" + e.Name(); e.Name() != "index.html" && !seen[name] {
			t.Errorf("%s is used by nothing", name)
		}
	}
}

func TestPageIsCached(t *testing.T) {
	b := setup(t)
	etag := b.do("GET", "/page/main.js", "").Header.Get("ETag")
	if r := b.do("GET", "/page/main.js", "", "If-None-Match", etag); r.StatusCode != http.StatusNotModified {
		t.Errorf("status = %d", r.StatusCode)
	}
	if r := b.do("GET", "/page/..%2fpage.go", ""); r.StatusCode != http.StatusNotFound {
		t.Errorf("outside: status = %d", r.StatusCode)
	}
}

func TestPageProjectIsEscaped(t *testing.T) {
	p, err := newPage(`"><script>`)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(p.files["index.html"]), "<script>") {
		t.Error("the project's name became markup")
	}
}
