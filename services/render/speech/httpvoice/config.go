package httpvoice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/render/speech"
)

// Config describes a speech service.
type Config struct {
	// Version changes when the service would say the same text in another way. What was spoken before is kept by it.
	Version string `yaml:"version"`
	URL     string `yaml:"url"`
	Auth    Auth   `yaml:"auth"`
	// Headers are sent with each call.
	Headers map[string]string `yaml:"headers"`
	// Body is a template with .Text, .Voice, .Language and .WordsPerMinute, which is 0 for the service's own pace; json
	// makes a JSON string of a value.
	Body        string `yaml:"body"`
	ContentType string `yaml:"content_type"` // application/json by default
	// Voices are taken where none is named, by language; `default` for all others.
	Voices map[string]string `yaml:"voices"`
	Answer Answer            `yaml:"answer"`
	// Timeout of one call, 60 s by default. Concurrent calls, 4 by default.
	Timeout    time.Duration `yaml:"timeout"`
	Concurrent int           `yaml:"concurrent"`
	// AllowPrivate lets it be in a private network, and http.
	AllowPrivate bool `yaml:"allow_private"`
}

// Auth says how a call shows who calls. The secret itself is not in the configuration.
type Auth struct {
	// Header is Authorization by default, and Prefix `Bearer `.
	Header string  `yaml:"header"`
	Prefix *string `yaml:"prefix"`
	// SecretEnv is an environment variable, SecretFile a file; at most one of them.
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

// Answer names fields of a JSON answer. Without Audio, the answer is the sound file itself.
type Answer struct {
	// Audio is where the sound file is, in base64; Words where a list of words is. Dots lead into objects.
	Audio string `yaml:"audio"`
	Words string `yaml:"words"`
	// Text, Start and End are the fields of a word, whose times are seconds, or milliseconds.
	Text         string `yaml:"text"`
	Start        string `yaml:"start"`
	End          string `yaml:"end"`
	Milliseconds bool   `yaml:"milliseconds"`
}

// Open makes the engine that a configuration file describes. Without a file it is the fallback.
func Open(path, ffmpeg string, fallback speech.Engine) (speech.Engine, error) {
	if path == "" {
		return fallback, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	c, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("speech: %s: %w", path, err)
	}
	e, err := New(c, Deps{FFmpeg: ffmpeg})
	if err != nil {
		return nil, fmt.Errorf("speech: %s: %w", path, err)
	}
	return e, nil
}

// Parse reads a configuration. An unknown key is an error.
func Parse(data []byte) (Config, error) {
	var c Config
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		return Config{}, err
	}
	return c, nil
}

func (c Config) policy() safehttp.Policy {
	return safehttp.Policy{AllowHTTP: c.AllowPrivate, AllowPrivate: c.AllowPrivate, Timeout: c.Timeout}
}

// complete fills the defaults in and checks the rest.
func (c Config) complete() (Config, *template.Template, error) {
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.Concurrent == 0 {
		c.Concurrent = 4
	}
	if c.ContentType == "" {
		c.ContentType = "application/json"
	}
	body, err := template.New("body").Option("missingkey=error").Funcs(template.FuncMap{"json": asJSON}).Parse(c.Body)
	switch {
	case err != nil:
		return c, nil, fmt.Errorf("body: %w", err)
	case c.Body == "":
		return c, nil, errors.New("body: is needed")
	case c.Version == "":
		return c, nil, errors.New("version: is needed")
	case c.Timeout < 0 || c.Timeout > 10*time.Minute:
		return c, nil, fmt.Errorf("timeout: is %v; it must be at most 10m", c.Timeout)
	case c.Concurrent < 1 || c.Concurrent > 100:
		return c, nil, fmt.Errorf("concurrent: is %d; it must be between 1 and 100", c.Concurrent)
	case c.Auth.SecretEnv != "" && c.Auth.SecretFile != "":
		return c, nil, errors.New("auth: secret_env or secret_file, and not both")
	case c.Answer.Words != "" && (c.Answer.Audio == "" || c.Answer.Start == "" || c.Answer.End == "" || c.Answer.Text == ""):
		return c, nil, errors.New("answer: words need audio, text, start and end")
	}
	if _, err := c.policy().CheckURL(c.URL); err != nil {
		return c, nil, fmt.Errorf("url: %w", err)
	}
	return c, body, nil
}

func asJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// sign shows who calls.
func (a Auth) sign(h http.Header) error {
	secret := ""
	switch {
	case a.SecretEnv != "":
		if secret = os.Getenv(a.SecretEnv); secret == "" {
			return fmt.Errorf("the environment variable %s is not set", a.SecretEnv)
		}
	case a.SecretFile != "":
		data, err := os.ReadFile(a.SecretFile)
		if err != nil {
			return err
		}
		if secret = strings.TrimSpace(string(data)); secret == "" || strings.ContainsAny(secret, "\r\n") {
			return fmt.Errorf("the file %s does not hold one line", a.SecretFile)
		}
	default:
		return nil
	}
	header, prefix := a.Header, "Bearer "
	if header == "" {
		header = "Authorization"
	}
	if a.Prefix != nil {
		prefix = *a.Prefix
	}
	h.Set(header, prefix+secret)
	return nil
}
