// Command openapidoc finishes the OpenAPI document that protoc-gen-openapiv3 and openapiv3-merge made: it reads it
// from standard input and writes it to standard output with Sheetreel's title, the error answer that every
// operation has, what limits answer and tell in headers, and the one path that is not gRPC, the download of an artifact.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openapidoc:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	var doc struct {
		OpenAPI    string                               `json:"openapi"`
		Info       map[string]any                       `json:"info"`
		Servers    []any                                `json:"servers,omitempty"`
		Paths      map[string]map[string]map[string]any `json:"paths"`
		Components map[string]map[string]any            `json:"components"`
		Tags       []any                                `json:"tags,omitempty"`
	}
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields() // a new part of the document must not be lost silently
	if err := decoder.Decode(&doc); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	doc.Info = map[string]any{
		"title":   "Sheetreel API",
		"version": "v1",
		"description": "Turns a Google Sheet of video ideas into finished videos, in bulk. " +
			"Watches answer as newline-delimited JSON, or as server-sent events for `Accept: text/event-stream`.",
		"license": map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
	}
	for _, operations := range doc.Paths {
		for _, operation := range operations {
			responses, ok := operation["responses"].(map[string]any)
			if !ok {
				return fmt.Errorf("operation %v has no responses", operation["operationId"])
			}
			responses["default"] = map[string]any{"$ref": "#/components/responses/Error"}
			if err := limited(responses); err != nil {
				return fmt.Errorf("operation %v: %w", operation["operationId"], err)
			}
		}
	}
	doc.Paths[artifactPath] = map[string]map[string]any{"get": artifact()} // not counted by limits
	doc.Components["schemas"]["Error"] = errorSchema()
	doc.Components["schemas"]["QuotaExceeded"] = quotaExceededSchema()
	doc.Components["headers"] = limitHeaders()
	doc.Components["responses"] = map[string]any{
		"Error":         errorResponse(),
		"QuotaExceeded": quotaExceeded(),
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(doc)
}

const artifactPath = "/v1/projects/{project}/bulkJobs/{bulk_job}/videoJobs/{video_job}/artifacts/{file_name}"

func artifact() map[string]any {
	var parameters []any
	for _, name := range []string{"project", "bulk_job", "video_job", "file_name"} {
		parameters = append(parameters, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	parameters = append(parameters, map[string]any{
		"name": "download", "in": "query", "schema": map[string]any{"type": "string"},
		"description": "Set to 1 to be offered the file for saving.",
	})
	file := map[string]any{"application/octet-stream": map[string]any{}}
	return map[string]any{
		"operationId": "DownloadArtifact",
		"summary":     "DownloadArtifact returns a published file of a video job, or the range of it that is asked for.",
		"tags":        []any{"Artifacts"},
		"parameters":  parameters,
		"responses": map[string]any{
			"200":     map[string]any{"description": "The file.", "content": file},
			"206":     map[string]any{"description": "The part of the file that the Range header asks for.", "content": file},
			"default": map[string]any{"$ref": "#/components/responses/Error"},
		},
	}
}

func errorResponse() map[string]any {
	return map[string]any{
		"description": "An error. `details` holds a google.rpc.ErrorInfo with a stable reason, and what else applies.",
		"content":     jsonContent(map[string]any{"$ref": "#/components/schemas/Error"}),
	}
}

func errorSchema() map[string]any {
	text := map[string]any{"type": "string"}
	return map[string]any{
		"type": "object",
		"properties": map[string]any{"error": map[string]any{
			"type": "object",
			"properties": map[string]any{
				"code":    map[string]any{"type": "integer", "description": "The HTTP status."},
				"status":  map[string]any{"type": "string", "description": "The gRPC code's name, for example NOT_FOUND."},
				"message": map[string]any{"type": "string", "description": "What is wrong, for people; it may change."},
				"details": map[string]any{"type": "array", "items": map[string]any{
					"type": "object", "properties": map[string]any{"@type": text}, "additionalProperties": true,
				}},
			},
		}},
	}
}

func jsonContent(schema map[string]any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schema}}
}
