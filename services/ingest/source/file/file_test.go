package file_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/file"
)

// closing counts whether a content is closed.
type closing struct {
	file.Content
	closed int
}

func (c *closing) Close() error {
	c.closed++
	return c.Content.Close()
}

func show(table *source.Table) string {
	var lines []string
	for _, row := range table.Rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, cell.String())
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return strings.Join(lines, "\n")
}

func TestTheContentDecides(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		req     file.Request
		want    string // the rows, or a part of the error
	}{
		"CSV":              {"a;b\n1;2", file.Request{}, "a|b\n1|2"},
		"range of CSV":     {"x,y,z\n,a,b\n,1,2\n,3,4", file.Request{Range: "B2:C3"}, "a|b\n1|2"},
		"tab of CSV":       {"a,b", file.Request{Range: "Ideas"}, `"Ideas" is no range of a CSV file`},
		"old workbook":     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", file.Request{}, "an old Excel workbook (.xls) or one with a password"},
		"web page":         {"\n<!DOCTYPE html><html><body>Sign in", file.Request{}, "a web page"},
		"PDF":              {"%PDF-1.7\n", file.Request{}, "application/pdf"},
		"archive":          {"PK\x03\x04 and so on", file.Request{}, "the workbook is damaged"},
		"CSV called XLSX":  {"a,b", file.Request{Format: file.XLSX}, "no Excel workbook"},
		"XLSX called CSV":  {"PK\x03\x04", file.Request{Format: file.CSV}, "the file is no CSV"},
		"JSON lines":       {" {\"title\":\"Tea\",\"n\":1}\n{\"n\":2}", file.Request{}, "title|n\nTea|1\n|2"},
		"braces of CSV":    {"{a},b\n1,2", file.Request{}, "{a}|b\n1|2"},
		"list in JSON":     {"[\n {\"title\":\"Tea\"}]", file.Request{}, "one list in JSON; write one object a line"},
		"range of JSON":    {"{\"a\":1}", file.Request{Range: "A1:B2"}, "read as a whole"},
		"CSV called JSON":  {"a,b", file.Request{Format: file.NDJSON}, "line 1: is no JSON object"},
		"nothing at all":   {"", file.Request{}, "the file is empty"},
		"broken range":     {"a,b", file.Request{Range: "A1:"}, "is no range"},
		"range is outside": {"a,b", file.Request{Range: "C5:D9"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			content := &closing{Content: file.Data([]byte(c.content))}
			table, err := file.New().Source(func(context.Context) (file.Content, error) { return content, nil }, c.req).Read(t.Context())
			if err != nil {
				if c.want == "" || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want %q", err, c.want)
				}
			} else if got := show(table); got != c.want {
				t.Errorf("rows are %q, want %q", got, c.want)
			}
			if content.closed != 1 {
				t.Errorf("the content was closed %d times", content.closed)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	mux := http.NewServeMux()
	answer := func(path, kind, body string, code int) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		})
	}
	answer("/ideas.csv", "text/csv; charset=utf-8", "Title,Script\nTea,Text", 200)
	answer("/login", "text/html; charset=utf-8", "<html>Sign in", 200)
	answer("/hidden", "text/csv", "<html>Sign in", 200)
	answer("/private", "text/plain", "no", 403)
	answer("/gone", "text/plain", "no", 404)
	answer("/busy", "text/plain", "no", 503)
	mux.Handle("/moved", http.RedirectHandler("/ideas.csv", http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.Handle("/inside", http.RedirectHandler("http://169.254.169.254/latest", http.StatusFound))
	mux.HandleFunc("/declared", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "99999999999") })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		block := strings.Repeat("a,b\n", 1<<18)
		for r.Context().Err() == nil {
			if _, err := fmt.Fprint(w, block); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "a,b")
	})
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	links := file.NewLinks(safehttp.Policy{AllowPrivate: true, RootCAs: roots})
	read := func(links *file.Links, link string) (string, error) {
		table, err := file.New().Source(func(ctx context.Context) (file.Content, error) { return links.Get(ctx, link) }, file.Request{Name: file.Name(link)}).Read(t.Context())
		if err != nil {
			return "", err
		}
		return table.Title + ": " + show(table), nil
	}
	for path, want := range map[string]string{
		"/ideas.csv": "ideas.csv: Title|Script\nTea|Text", "/moved": "moved: Title|Script\nTea|Text",
		"/login": "leads to a web page, perhaps a login", "/hidden": "this is a web page", "/private": "wants a login",
		"/gone": "leads to nothing", "/busy": "try again later: its server answers 503", "/round": "may not be called", "/inside": "may not be called",
		"/declared": "more than 64 MiB", "/endless": "more than 64 MiB", "/broken": "broke off",
	} {
		t.Run(path, func(t *testing.T) {
			got, err := read(links, server.URL+path)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	for link, want := range map[string]string{
		server.URL + "/ideas.csv":                                "is an address of a private network",
		"http://example.com/a.csv":                               "must begin with https://",
		"https://docs.google.com/spreadsheets/d/1AbC/edit#gid=0": "fragment",
		"https://docs.google.com/spreadsheets/d/1AbC/edit":       "is a Google sheet",
	} {
		if _, err := read(file.NewLinks(safehttp.Policy{}), link); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q", link, err, want)
		}
	}
}
