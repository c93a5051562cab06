package ratelimit

import (
	"fmt"
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// BenchmarkAcquire measures a decision over the built-in limits without gRPC: a call that two of them count.
// spread has 10,000 users in 2,000 projects, hot has one user who is nearly always refused.
func BenchmarkAcquire(b *testing.B) {
	rules, err := rule.Default()
	if err != nil {
		b.Fatal(err)
	}
	engine := func() *memory.Engine { return memory.New(rules, memory.Config{}) }
	b.Run("spread", func(b *testing.B) {
		calls := make([]map[string]string, 10_000)
		for i := range calls {
			calls[i] = map[string]string{
				"action": "render.dispatch", "project": fmt.Sprint("p", i%2000), "user": fmt.Sprint("u", i),
			}
		}
		e := engine()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_, _ = e.Acquire(calls[i%len(calls)], 1)
		}
	})
	b.Run("hot", func(b *testing.B) {
		call := dispatch("ada", 1).GetDescriptors()
		e := engine()
		b.ReportAllocs()
		for b.Loop() {
			_, _ = e.Acquire(call, 1)
		}
	})
	b.Run("hot, parallel", func(b *testing.B) {
		call := dispatch("ada", 1).GetDescriptors()
		e := engine()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, _ = e.Acquire(call, 1)
			}
		})
	})
	b.Run("cancel", func(b *testing.B) {
		call := dispatch("ada", 1).GetDescriptors()
		e := engine()
		b.ReportAllocs()
		for b.Loop() {
			grant, err := e.Acquire(call, 1)
			if err != nil {
				b.Fatal(err)
			}
			e.Cancel(grant.Permit)
		}
	})
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
