// Package gateway is Sheetreel's door for everybody outside: JSON over HTTP, server-sent events, downloads, the web
// page, and gRPC for foreign clients. It holds no logic and no state: every answer comes from a backend service over
// gRPC, so that the same checks run for every caller.
//
// It promises: one form for every error over HTTP; only methods with a google.api.http rule are reachable; a watch
// continues exactly where a client lost it; memory per request is bounded; a slow reader is cut off, never buffered.
package gateway
