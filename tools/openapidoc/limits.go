package main

import "fmt"

// limited adds to an operation's answers what limits have to do with them: the refusal, and the headers of success.
func limited(responses map[string]any) error {
	for code, response := range responses {
		if code == "default" {
			continue
		}
		fields, ok := response.(map[string]any)
		if !ok {
			return fmt.Errorf("answer %s is no object", code)
		}
		fields["headers"] = headerRefs("RateLimit-Policy", "RateLimit")
	}
	responses["429"] = map[string]any{"$ref": "#/components/responses/QuotaExceeded"}
	return nil
}

func headerRefs(names ...string) map[string]any {
	refs := map[string]any{}
	for _, name := range names {
		refs[name] = map[string]any{"$ref": "#/components/headers/" + name}
	}
	return refs
}

// limitHeaders describes the headers of draft-ietf-httpapi-ratelimit-headers-11, and Retry-After.
func limitHeaders() map[string]any {
	text := map[string]any{"type": "string"}
	return map[string]any{
		"RateLimit-Policy": map[string]any{
			"description": "The limits that count the call: how much (`q`) in how many seconds (`w`). Absent when none does.",
			"schema":      text, "example": `"api-read-per-project";q=6000;w=60`,
		},
		"RateLimit": map[string]any{
			"description": "What is left of them (`r`), and in how many seconds more is (`t`).",
			"schema":      text, "example": `"api-read-per-project";r=5999;t=1`,
		},
		"Retry-After": map[string]any{
			"description": "In how many seconds the call would be granted.",
			"schema":      map[string]any{"type": "integer", "minimum": 1},
		},
	}
}

func quotaExceeded() map[string]any {
	return map[string]any{
		"description": "A limit refuses the call: wait as Retry-After says. Other errors with this status have no Retry-After and the form of Error.",
		"headers":     headerRefs("RateLimit-Policy", "RateLimit", "Retry-After"),
		"content": map[string]any{
			"application/problem+json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/QuotaExceeded"}},
			"application/json":         map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Error"}},
		},
	}
}

// quotaExceededSchema is a problem document (RFC 9457) that holds the error of every answer too.
func quotaExceededSchema() map[string]any {
	text := map[string]any{"type": "string"}
	return map[string]any{
		"allOf": []any{map[string]any{"$ref": "#/components/schemas/Error"}},
		"type":  "object",
		"properties": map[string]any{
			"type":   map[string]any{"type": "string", "const": "https://iana.org/assignments/http-problem-types#quota-exceeded"},
			"title":  text,
			"status": map[string]any{"type": "integer", "const": 429},
			"detail": text,
			"violated-policies": map[string]any{
				"type": "array", "items": text, "description": "The limits that refuse, by their names in RateLimit-Policy.",
			},
		},
	}
}
