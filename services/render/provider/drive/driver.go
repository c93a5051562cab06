package drive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Config says how patient a driver is. Zero values mean the defaults.
type Config struct {
	// Poll is the waits between polls where the provider names none. Default: 1 s, times 1.5, at most 15 s.
	Poll retry.Policy
	// Trouble is the waits after calls that failed in passing. Default: 1 s, doubled, at most 30 s, 8 calls.
	Trouble retry.Policy
	// Patience is how long to wait for a provider that holds an order back or takes none. Default 2 min. Then the video is
	// given back, and what is ordered is taken up later.
	Patience time.Duration
	// MaxResult is how many bytes a result may have. Default 1 GiB.
	MaxResult int64
	// Random gives numbers in [0, 1); math/rand/v2.Float64 when nil.
	Random func() float64
}

// Deps are what a driver works with.
type Deps struct {
	Journal Journal
	// Quota asks the limits of the installation; nil: there are none.
	Quota Quota
	Log   *slog.Logger
}

// Driver orders from one provider. It is safe for concurrent use.
type Driver struct {
	cfg    Config
	hosted provider.Hosted
	about  provider.Description
	Deps
	open  chan struct{} // one token for each order that may be open; nil: any number
	hints *hints
}

// callTimeout bounds a call that is no download.
const callTimeout = 30 * time.Second

// New makes a driver.
func New(h provider.Hosted, cfg Config, deps Deps) *Driver {
	if cfg.Poll == (retry.Policy{}) {
		cfg.Poll = retry.Policy{Initial: time.Second, Multiplier: 1.5, Max: 15 * time.Second}
	}
	if cfg.Trouble == (retry.Policy{}) {
		cfg.Trouble = retry.Policy{Initial: time.Second, Multiplier: 2, Max: 30 * time.Second, MaxAttempts: 8}
	}
	cfg.Patience = cmp.Or(cfg.Patience, 2*time.Minute)
	cfg.MaxResult = cmp.Or(cfg.MaxResult, 1<<30)
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	d := &Driver{cfg: cfg, hosted: h, about: h.Describe(), Deps: deps, hints: newHints()}
	if n := d.about.Limits.Concurrent; n > 0 {
		d.open = make(chan struct{}, n)
	}
	return d
}

// Describe says what the provider can do.
func (d *Driver) Describe() provider.Description { return d.about }

// Order is one thing to be bought.
type Order struct {
	// Key is the same whoever orders, in whichever attempt; another key is another order.
	Key string
	// Project is whose limits count; may be empty.
	Project string
	Task    provider.Task
	// Path is the file to write. It is there only when Do has succeeded.
	Path string
	// Check refuses a result that is not what was ordered. A [provider.Error] is no refusal, but trouble with looking.
	Check func(ctx context.Context, path string) error
	// Progress is told the percent done; may be nil.
	Progress func(percent float64)
}

// Receipt is what an order has cost.
type Receipt struct {
	Price provider.Price
	// Micros is what the provider took, as far as it is known.
	Micros *int64
}

// Do sees an order through, from wherever it stands. Its error is a [provider.Error], or the cause of the context's end.
// Afterwards the order is still written down, so that the same order gives the same result again; see Done.
func (d *Driver) Do(ctx context.Context, o Order) (Receipt, error) {
	if o.Progress == nil {
		o.Progress = func(float64) {}
	}
	if err := d.able(o.Task); err != nil {
		return Receipt{}, err
	}
	price, err := d.hosted.Quote(ctx, o.Task)
	if err != nil {
		return Receipt{}, d.named("quote", err)
	}
	r := &run{Driver: d, order: o, key: digest(d.about.Name, o), price: price}
	return r.do(ctx)
}

// Done forgets an order whose result is safe elsewhere, or that is not wanted any more.
func (d *Driver) Done(ctx context.Context, o Order) error {
	return d.Journal.Drop(ctx, digest(d.about.Name, o))
}

// able refuses what the provider cannot make, before anything is ordered.
func (d *Driver) able(t provider.Task) error {
	limits := d.about.Limits
	switch {
	case !d.about.Makes(t.Kind):
		return permanent("unsupported", "provider %s makes no %s", d.about.Name, t.Kind)
	case limits.MaxDuration > 0 && t.Duration > limits.MaxDuration:
		return permanent("too_long", "provider %s makes at most %v, not %v", d.about.Name, limits.MaxDuration, t.Duration)
	case limits.MaxPrompt > 0 && len([]rune(t.Prompt)) > limits.MaxPrompt:
		return permanent("prompt_too_long", "provider %s takes at most %d characters, not %d", d.about.Name, limits.MaxPrompt, len([]rune(t.Prompt)))
	}
	return nil
}

// digest names an order: equal orders have equal names, and a name tells nothing.
func digest(name string, o Order) string {
	t := o.Task
	storyboard, err := proto.MarshalOptions{Deterministic: true}.Marshal(t.Storyboard)
	if err != nil {
		storyboard = []byte(err.Error()) // bad UTF-8; it will be refused
	}
	text, err := json.Marshal([]any{name, o.Key, t.Kind, storyboard, t.Prompt, t.Seed, t.Width, t.Height, t.FrameRate, t.Duration})
	if err != nil {
		text = []byte(name + o.Key) // not with these types
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// named says which provider and call an error comes from, and keeps what is known of it.
func (d *Driver) named(call string, err error) error {
	var known *provider.Error
	if errors.As(err, &known) {
		named := *known
		named.Err = fmt.Errorf("provider %s: %s: %w", d.about.Name, call, err)
		return &named
	}
	return &provider.Error{Class: provider.ClassOf(err), Err: fmt.Errorf("provider %s: %s: %w", d.about.Name, call, err)}
}
