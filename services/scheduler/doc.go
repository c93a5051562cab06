// Package scheduler keeps the only job state of Sheetreel: bulk jobs, video jobs, their leases, events and dead
// letters. It decides what starts next, hands it to workers under leases, and tells watchers what happened.
//
// A request passes three hops: interceptors (kit/grpckit), the handler in the file named after its resource, the
// store. Replicas are equal; all state is in the store.
package scheduler
