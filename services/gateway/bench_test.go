package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkGet measures a call of the JSON API over connections in memory, without and with counting it. The difference is
// what limits add to every call.
func BenchmarkGet(b *testing.B) {
	for _, counted := range []bool{false, true} {
		name := "uncounted"
		if counted {
			name = "counted"
		}
		b.Run(name, func(b *testing.B) {
			bench := setupWith(b, Config{PageProject: "demo", APILimits: counted})
			bench.scheduler.Put(running())
			bench.quota.Tell("api.read", left("a", 1), left("b", 2))
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				bench.service.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/"+bulkName, nil))
				if w.Code != http.StatusOK {
					b.Fatalf("status %d: %s", w.Code, w.Body)
				}
			}
		})
	}
}
