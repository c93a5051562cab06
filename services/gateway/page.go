package gateway

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"time"
)

// The page is plain HTML, CSS and JavaScript modules: what is in the folder is what a browser gets.
//
//go:embed page
var pageFiles embed.FS

// contentPolicy lets the page load what we serve and nothing else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page serves the web page.
type page struct {
	files map[string][]byte
	etags map[string]string
}

// newPage reads the embedded files and puts the project into the index.
func newPage(project string) (*page, error) {
	p := &page{files: map[string][]byte{}, etags: map[string]string{}}
	entries, err := fs.ReadDir(pageFiles, "page")
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	for _, entry := range entries {
		data, err := pageFiles.ReadFile("page/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		if entry.Name() == "index.html" {
			if data, err = fillIndex(data, project); err != nil {
				return nil, fmt.Errorf("page: %w", err)
			}
		}
		sum := sha256.Sum256(data)
		p.files[entry.Name()], p.etags[entry.Name()] = data, `"`+hex.EncodeToString(sum[:12])+`"`
	}
	return p, nil
}

func fillIndex(text []byte, project string) ([]byte, error) {
	index, err := template.New("index").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = index.Execute(&b, struct{ Project string }{project})
	return b.Bytes(), err
}

func (p *page) index(w http.ResponseWriter, r *http.Request) { p.serve(w, r, "index.html") }

func (p *page) file(w http.ResponseWriter, r *http.Request) { p.serve(w, r, r.PathValue("file")) }

func (p *page) serve(w http.ResponseWriter, r *http.Request, name string) {
	data, ok := p.files[name]
	if !ok {
		notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache") // asks each time, so that a new version is seen at once
	h.Set("ETag", p.etags[name])
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// contentType does not ask the machine's MIME table, which may be missing or wrong.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}
