// Package webhook sends what happened to those who asked to be told: signed after Standard Webhooks 1.0.0, at least once,
// by a schedule that lasts a day, and so that an endpoint which is slow or gone is nobody else's trouble.
//
// Any number of senders share a store. Each leases deliveries in batches, so an event is sent twice only when a sender
// was lost or too slow in between; the receiver knows it by the webhook-id. Order is not promised.
package webhook
