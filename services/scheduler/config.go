package scheduler

import (
	"errors"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook"
)

// Config holds the scheduler's settings.
type Config struct {
	order.Offsets
	order.Sharing
	store.Limits
	Keep
	// ProviderRates go into the store's options, which bills by them.
	ProviderRates cost.Rates     `help:"YAML file with what providers cost, in place of the built-in one, which says that rendering here is free." placeholder:"FILE" env:"SHEETREEL_PROVIDER_RATES"`
	Webhooks      webhook.Config `embed:""`
	LeaseDuration time.Duration  `help:"A worker that does not report for so long loses its video job." default:"30s" env:"SHEETREEL_LEASE_DURATION"`
}

// leaseFloor leaves room for a few lost heartbeats.
const leaseFloor = 3 * time.Second

func (c Config) validate() error {
	if c.LeaseDuration < leaseFloor {
		return errors.New("lease-duration: must be at least 3s")
	}
	if c.Urgent > c.Normal || c.Normal > c.Low {
		return errors.New("order offsets: urgent must not be above normal, nor normal above low")
	}
	return errors.Join(c.Sharing.Validate(), c.Limits.Validate(), c.Keep.validate(), c.Webhooks.Validate())
}
