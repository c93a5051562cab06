package webhook

import (
	"errors"
	"time"

	"github.com/sheetreel/sheetreel/kit/safehttp"
)

// Config holds the settings of webhooks. Its zero value is strict and keeps deliveries for ever.
type Config struct {
	AllowHTTP    bool          `name:"webhook-allow-http" help:"Let webhooks be sent by plain http. For development only." env:"SHEETREEL_WEBHOOK_ALLOW_HTTP"`
	AllowPrivate bool          `name:"webhook-allow-private" help:"Let webhooks be sent to loopback and private networks, and to any port. Whoever may make an endpoint reaches into your network then." env:"SHEETREEL_WEBHOOK_ALLOW_PRIVATE"`
	Keep         time.Duration `name:"keep-webhook-deliveries" help:"Deliveries of webhooks are kept so long after their end; 0 keeps them for ever." default:"168h" env:"SHEETREEL_KEEP_WEBHOOK_DELIVERIES"`
}

// Validate refuses settings that cannot be.
func (c Config) Validate() error {
	if c.Keep < 0 {
		return errors.New("keep-webhook-deliveries: must not be negative")
	}
	return nil
}

// Policy says where webhooks may be sent to.
func (c Config) Policy() safehttp.Policy {
	return safehttp.Policy{AllowHTTP: c.AllowHTTP, AllowPrivate: c.AllowPrivate, Timeout: sendTimeout}
}
