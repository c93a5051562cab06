package ratelimit

import (
	"fmt"
	"testing"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

// BenchmarkReserveOverGRPC measures a round of dispatching: reserve for 100 calls and cancel them, through the client,
// an in-memory connection and the server; counted by nobody, and by the built-in limits.
func BenchmarkReserveOverGRPC(b *testing.B) {
	for _, action := range []string{"unknown", "render.dispatch"} {
		b.Run(action, func(b *testing.B) {
			served := setup(b, Config{}, Deps{})
			req := &ratelimitv1.ReserveRequest{}
			for i := range 100 {
				req.Entries = append(req.Entries, &ratelimitv1.ReserveEntry{Key: fmt.Sprint("key", i), Descriptors: map[string]string{
					"action": action, "project": fmt.Sprint("p", i%2), "user": fmt.Sprint("u", i%50), "provider": "studio",
				}})
			}
			b.ReportAllocs()
			for b.Loop() {
				reply, err := served.quota.Reserve(b.Context(), req)
				if err != nil {
					b.Fatal(err)
				}
				var ids []string
				for _, r := range reply.GetResults() {
					if id := r.GetGranted().GetReservation(); id != "" {
						ids = append(ids, id)
					}
				}
				if len(ids) == 0 {
					continue
				}
				if _, err := served.quota.Cancel(b.Context(), &ratelimitv1.CancelRequest{Reservations: ids}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*100/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// BenchmarkAcquireOverGRPC measures the same call through the client, an in-memory connection and the server.
func BenchmarkAcquireOverGRPC(b *testing.B) {
	served := setup(b, Config{}, Deps{})
	req := dispatch("ada", 1)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = served.quota.Acquire(b.Context(), req)
		}
	})
}
