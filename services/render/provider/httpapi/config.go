package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Config is one provider. Unset fields are as the shape has them.
type Config struct {
	// Name is how render options and storyboards call it.
	Name string `yaml:"name"`
	// API is the shape: video or scene.
	API string `yaml:"api"`
	// Makes is what it makes: whole_video, scene_clip, scene_image. By default all that the shape can.
	Makes []provider.TaskKind `yaml:"makes"`
	// BaseURL is what all paths are added to.
	BaseURL string `yaml:"base_url"`
	Model   string `yaml:"model"`
	Auth    Auth   `yaml:"auth"`
	// Headers are sent with each call, for example a version.
	Headers map[string]string `yaml:"headers"`
	// AllowPrivate lets it be in a private network, and http.
	AllowPrivate bool `yaml:"allow_private"`
	// CallbackURL is told to the provider, when it is set. What comes there is only a hint to poll.
	CallbackURL string `yaml:"callback_url"`
	Features    struct {
		// Idempotent: the header Idempotency-Key is honoured. Find: orders can be looked for by their key. Cancel: they can be given up.
		// Seed: the same seed gives the same again.
		Idempotent, Find, Cancel, Seed bool
	} `yaml:"features"`
	Limits Limits `yaml:"limits"`
	Prices Prices `yaml:"prices"`
	Wire   Wire   `yaml:"wire"`
}

// Auth says how a call shows who calls. The secret itself is not in the configuration.
type Auth struct {
	// Header is Authorization by default, and Prefix `Bearer `.
	Header string  `yaml:"header"`
	Prefix *string `yaml:"prefix"`
	// SecretEnv is an environment variable, SecretFile a file; one of them.
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

// Limits are what the provider allows.
type Limits struct {
	MaxDuration       time.Duration `yaml:"max_duration"`
	MaxPrompt         int           `yaml:"max_prompt"`
	RequestsPerMinute int           `yaml:"requests_per_minute"`
	Concurrent        int           `yaml:"concurrent"`
}

// Prices are what units cost, in units of the currency.
type Prices struct {
	Currency string `yaml:"currency"`
	// Fetched and Expires are days: an old price is as good as none.
	Fetched time.Time `yaml:"fetched"`
	Expires time.Time `yaml:"expires"`
	// PerUnit by unit: video_second, video, image. PerUnitMax where a price is a range.
	PerUnit    map[string]float64 `yaml:"per_unit"`
	PerUnitMax map[string]float64 `yaml:"per_unit_max"`
}

// Load reads the providers of a YAML file.
func Load(path string) ([]provider.Hosted, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("providers: %w", err)
	}
	all, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("providers: %s: %w", path, err)
	}
	return all, nil
}

// Parse reads the providers of a YAML text. An unknown key is an error.
func Parse(data []byte) ([]provider.Hosted, error) {
	var file struct {
		Providers []Config `yaml:"providers"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var all []provider.Hosted
	var names []string
	for i, c := range file.Providers {
		client, err := New(c)
		if err != nil {
			return nil, fmt.Errorf("providers[%d].%w", i, err)
		}
		if slices.Contains(names, c.Name) {
			return nil, fmt.Errorf("providers[%d].name: there are two of the name %s", i, c.Name)
		}
		names = append(names, c.Name)
		all = append(all, client)
	}
	return all, nil
}

var (
	namePattern     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
)

// New makes a client of one provider. Nothing is called.
func New(c Config) (*Client, error) { return NewOver(c, nil) }

// NewOver makes a client whose calls go over a transport of the caller's, which decides what may be called.
func NewOver(c Config, over http.RoundTripper) (*Client, error) {
	wire, kinds, err := shape(c.API)
	if err != nil {
		return nil, err
	}
	if len(c.Makes) == 0 {
		c.Makes = kinds
	}
	policy := safehttp.Policy{AllowHTTP: c.AllowPrivate, AllowPrivate: c.AllowPrivate}
	if err := c.check(kinds, policy); err != nil {
		return nil, err
	}
	wire, err = wire.with(c.Wire)
	if err != nil {
		return nil, err
	}
	book, err := c.Prices.book()
	if err != nil {
		return nil, err
	}
	calls, downloads := policy, policy
	calls.Timeout = 30 * time.Second
	downloads.Timeout, downloads.Redirects = 5*time.Minute, 3
	client := &Client{
		cfg: c, wire: wire, calls: calls.Client(), downloads: downloads.Client(), now: time.Now,
		about: provider.Description{
			Name: c.Name, Kinds: c.Makes, Model: c.Model, Prices: book,
			Features: provider.Features{
				Cancel: c.Features.Cancel, Find: c.Features.Find, Idempotent: c.Features.Idempotent, Seed: c.Features.Seed,
				Progress: len(wire.Fields.Progress) > 0, Callback: c.CallbackURL != "",
			},
			Limits: provider.Limits{
				MaxDuration: c.Limits.MaxDuration, MaxPrompt: c.Limits.MaxPrompt,
				RequestsPerMinute: c.Limits.RequestsPerMinute, Concurrent: c.Limits.Concurrent,
			},
		},
	}
	if over != nil {
		client.calls.Transport, client.downloads.Transport = over, over
	}
	return client, nil
}

func (c Config) check(kinds []provider.TaskKind, policy safehttp.Policy) error {
	switch {
	case !namePattern.MatchString(c.Name):
		return fmt.Errorf("name: is %q; lower-case letters, digits and hyphens are allowed, a letter first", c.Name)
	case c.Name == "studio":
		return errors.New("name: studio is the built-in provider")
	case (c.Auth.SecretEnv == "") == (c.Auth.SecretFile == ""):
		return errors.New("auth: secret_env or secret_file is needed, and not both")
	}
	for _, k := range c.Makes {
		if !slices.Contains(kinds, k) {
			return fmt.Errorf("makes: is %q; api %s makes %v", k, c.API, kinds)
		}
	}
	if _, err := policy.CheckURL(c.BaseURL); err != nil {
		return fmt.Errorf("base_url: %w", err)
	}
	if c.CallbackURL != "" {
		if _, err := policy.CheckURL(c.CallbackURL); err != nil {
			return fmt.Errorf("callback_url: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		if strings.EqualFold(name, c.Auth.header()) || name != http.CanonicalHeaderKey(name) && name != strings.ToLower(name) {
			return fmt.Errorf("headers: %q cannot be set", name)
		}
	}
	return nil
}

func (a Auth) header() string {
	if a.Header == "" {
		return "Authorization"
	}
	return a.Header
}

// secret reads the secret, and says what the header says.
func (a Auth) secret() (string, error) {
	prefix := "Bearer "
	if a.Prefix != nil {
		prefix = *a.Prefix
	}
	if a.SecretEnv != "" {
		if v := os.Getenv(a.SecretEnv); v != "" {
			return prefix + v, nil
		}
		return "", fmt.Errorf("the environment variable %s is not set", a.SecretEnv)
	}
	data, err := os.ReadFile(a.SecretFile)
	if err != nil {
		return "", err
	}
	v := strings.TrimSpace(string(data))
	if v == "" || strings.ContainsAny(v, "\r\n") {
		return "", fmt.Errorf("the file %s does not hold one line", a.SecretFile)
	}
	return prefix + v, nil
}

// book checks prices.
func (p Prices) book() (provider.PriceBook, error) {
	out := provider.PriceBook{Currency: p.Currency, Fetched: p.Fetched, Expires: p.Expires}
	if len(p.PerUnit) == 0 {
		return out, nil
	}
	switch {
	case !currencyPattern.MatchString(p.Currency):
		return out, fmt.Errorf("prices.currency: is %q; it must be three capital letters", p.Currency)
	case p.Fetched.IsZero() || !p.Expires.After(p.Fetched):
		return out, errors.New("prices: fetched and a later expires are needed, because prices change")
	}
	out.MicrosPerUnit, out.MicrosPerUnitAtMax = map[string]int64{}, map[string]int64{}
	for unit, price := range p.PerUnit {
		if !(price >= 0 && price <= 1e6) {
			return out, fmt.Errorf("prices.per_unit.%s: is %v", unit, price)
		}
		most := price
		if v, ok := p.PerUnitMax[unit]; ok {
			most = v
		}
		if !(most >= price && most <= 1e6) {
			return out, fmt.Errorf("prices.per_unit_max.%s: is %v", unit, most)
		}
		out.MicrosPerUnit[unit] = int64(price*1e6 + 0.5)
		out.MicrosPerUnitAtMax[unit] = int64(most*1e6 + 0.5)
	}
	return out, nil
}
