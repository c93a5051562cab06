// Package openapi embeds the OpenAPI 3.1 document of Sheetreel's JSON API, generated from the protos.
package openapi

import _ "embed"

// Document is the OpenAPI document as JSON.
//
//go:embed sheetreel.openapi.json
var Document []byte
