package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const merged = `{"openapi":"3.1.0","info":{"title":"first_service"},"components":{"schemas":{"A":{}}},
"paths":{"/v1/b":{"get":{"operationId":"B","responses":{"200":{}}}},"/v1/a":{"post":{"operationId":"A","responses":{}}}}}`

func TestRun(t *testing.T) {
	var first, second bytes.Buffer
	if err := run(strings.NewReader(merged), &first); err != nil {
		t.Fatal(err)
	}
	if err := run(strings.NewReader(merged), &second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("two runs differ")
	}
	var doc struct {
		Info  struct{ Title, Version string }
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Ref     string `json:"$ref"`
				Headers map[string]struct {
					Ref string `json:"$ref"`
				}
			}
		}
		Components map[string]map[string]any
	}
	if err := json.Unmarshal(first.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Info.Title != "Sheetreel API" || doc.Info.Version != "v1" {
		t.Errorf("info = %+v", doc.Info)
	}
	if len(doc.Paths) != 3 || doc.Paths[artifactPath] == nil {
		t.Errorf("paths = %v", doc.Paths)
	}
	for path, operations := range doc.Paths {
		for method, operation := range operations {
			if got := operation.Responses["default"].Ref; got != "#/components/responses/Error" {
				t.Errorf("%s %s: default answer %q", method, path, got)
			}
			want := "#/components/responses/QuotaExceeded"
			if path == artifactPath {
				want = ""
			}
			if got := operation.Responses["429"].Ref; got != want {
				t.Errorf("%s %s: answer 429 %q, want %q", method, path, got, want)
			}
		}
	}
	if got := doc.Paths["/v1/b"]["get"].Responses["200"].Headers["RateLimit"].Ref; got != "#/components/headers/RateLimit" {
		t.Errorf("header of success %q", got)
	}
	refused, _ := doc.Components["responses"]["QuotaExceeded"].(map[string]any)
	headers, _ := refused["headers"].(map[string]any)
	for _, name := range []string{"RateLimit", "RateLimit-Policy", "Retry-After"} {
		if headers[name] == nil || doc.Components["headers"][name] == nil {
			t.Errorf("header %s of a refusal is not described", name)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":              `{`,
		"a part it would lose": `{"openapi":"3.1.0","webhooks":{}}`,
		"no responses":         `{"paths":{"/a":{"get":{}}},"components":{"schemas":{}}}`,
		"no answer":            `{"paths":{"/a":{"get":{"responses":{"200":"x"}}}},"components":{"schemas":{}}}`,
	} {
		if err := run(strings.NewReader(text), &bytes.Buffer{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
