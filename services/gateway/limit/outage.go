package limit

import (
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

const (
	// askAgain is how long a service that failed is left alone, so that its slowness is not added to every call.
	askAgain = time.Second
	// localRate and localBurst are what one gateway lets through meanwhile, of all callers together: calls a second, and
	// at once. They are far more than people need, and less than what would hurt the services behind.
	localRate  = 100
	localBurst = 200
)

// outage is what is known of the service's trouble, and the calls that may happen without it: neither none nor all.
type outage struct {
	log     *slog.Logger
	allowed *rate.Limiter

	mu    sync.Mutex
	down  bool
	until time.Time // the service is left alone
}

func newOutage(log *slog.Logger) *outage {
	return &outage{log: log, allowed: rate.NewLimiter(localRate, localBurst)}
}

// mayAsk tells whether the service is to be asked now. After a pause one caller tries, and the others wait for what
// it finds.
func (o *outage) mayAsk(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.down {
		return true
	}
	if now.Before(o.until) {
		return false
	}
	o.until = now.Add(askAgain)
	return true
}

// failed notes that the service did not answer. It is logged once for each outage.
func (o *outage) failed(now time.Time, err error) {
	o.mu.Lock()
	first := !o.down
	o.down, o.until = true, now.Add(askAgain)
	o.mu.Unlock()
	if first {
		o.log.Warn("the rate limit service does not answer; API calls go on without it", "calls_per_second", localRate, "error", err)
	}
}

// answered notes that the service answers.
func (o *outage) answered() {
	o.mu.Lock()
	back := o.down
	o.down = false
	o.mu.Unlock()
	if back {
		o.log.Info("the rate limit service answers again")
	}
}

// local decides without the service.
func (o *outage) local(now time.Time) error {
	if o.allowed.AllowN(now, 1) {
		return nil
	}
	return errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE,
		"the rate limit service does not answer, and meanwhile more calls come than may go on without it", time.Second)
}
