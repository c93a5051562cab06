package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

const healthTimeout = 2 * time.Second

// readiness is the answer of /readyz.
type readiness struct {
	Ready bool `json:"ready"`
	// Backends has the health of each service behind the gateway.
	Backends map[string]string `json:"backends"`
}

// healthz says that the process is alive, whatever its backends do.
func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("{\"alive\":true}\n"))
}

// readyz says whether requests should come here: every backend is serving and the gateway is not about to stop.
func (s *Service) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	answer := readiness{Ready: !s.unready.Load(), Backends: map[string]string{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	for name, conn := range s.backends.byName() {
		all.Go(func() {
			state := "UNREACHABLE"
			if health, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}); err == nil {
				state = health.GetStatus().String()
			}
			mu.Lock()
			defer mu.Unlock()
			answer.Backends[name] = state
			answer.Ready = answer.Ready && state == healthpb.HealthCheckResponse_SERVING.String()
		})
	}
	all.Wait()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer) // a prober that went away needs no answer
}
