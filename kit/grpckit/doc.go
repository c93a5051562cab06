// Package grpckit is the one place that builds gRPC servers and client connections.
//
// A server answers with the errors of kit/errs only, validates every request by the rules in its proto, serves
// health and reflection, and drains: it reports NOT_SERVING, tells long calls through [Draining], waits for calls
// under way, and then stops. The same server serves TCP and, in one process, an in-memory listener, so that
// interceptors always run.
package grpckit
