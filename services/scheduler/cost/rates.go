// Package cost reckons what an attempt to make a video costs: the time that it took, and what its worker says that it
// has used, at the prices of a dated file. It is pure, exact, and refuses what does not fit.
//
// Money is counted in micros, millionths of the currency's unit. All of an installation is in one currency.
package cost

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed rates.yaml
var defaults []byte

// maxPrice is the highest price of a unit in micros: a thousand of the currency's units.
const maxPrice = 1000 * micros

const (
	micros  = 1_000_000
	maxFile = 1 << 20
)

// Key names a price.
type Key struct {
	Provider, Type string
}

func (k Key) compare(o Key) int {
	return strings.Compare(k.Provider+"\x00"+k.Type, o.Provider+"\x00"+o.Type)
}

// Rate is the price of a unit.
type Rate struct {
	Key
	Micros int64
}

// Rates are the prices in force. The zero value has none.
type Rates struct {
	currency string
	prices   map[Key]int64
}

// Default are the prices of the built-in file.
func Default() Rates {
	r, err := Read(bytes.NewReader(defaults))
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return r
}

// OrDefault gives the rates, or the built-in ones for the zero value.
func (r Rates) OrDefault() Rates {
	if r.currency == "" {
		return Default()
	}
	return r
}

// Currency is the ISO 4217 code of all amounts.
func (r Rates) Currency() string { return r.currency }

// All lists the prices by provider, then type.
func (r Rates) All() []Rate {
	var all []Rate
	for _, k := range slices.SortedFunc(maps.Keys(r.prices), Key.compare) {
		all = append(all, Rate{k, r.prices[k]})
	}
	return all
}

// After lists the prices after a key.
func (r Rates) After(k Key) []Rate {
	all := r.All()
	for len(all) > 0 && all[0].compare(k) <= 0 {
		all = all[1:]
	}
	return all
}

// UnmarshalText reads the file with the given path, so that a flag can be of this type.
func (r *Rates) UnmarshalText(path []byte) error {
	f, err := os.Open(string(path))
	if err != nil {
		return fmt.Errorf("provider rates: %w", err)
	}
	defer f.Close()
	*r, err = Read(f)
	if err != nil {
		return fmt.Errorf("provider rates %s: %w", path, err)
	}
	return nil
}

// document is the file's form. Unknown keys are errors.
type document struct {
	Date     string `yaml:"date"` // since when the prices hold; for people
	Currency string `yaml:"currency"`
	Rates    []struct {
		Provider string  `yaml:"provider"`
		Type     string  `yaml:"type"`
		Amount   *amount `yaml:"amount"`
	} `yaml:"rates"`
}

// Read reads prices in YAML; rates.yaml shows the form.
func Read(from io.Reader) (Rates, error) {
	d := document{}
	text, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err != nil {
		return Rates{}, err
	}
	if len(text) > maxFile {
		return Rates{}, fmt.Errorf("larger than %d bytes", maxFile)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		return Rates{}, err
	}
	if !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(d.Currency) {
		return Rates{}, fmt.Errorf("currency: %q is not three capital letters of ISO 4217, such as USD", d.Currency)
	}
	provider, kind := regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`), regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	r := Rates{d.Currency, map[Key]int64{}}
	for i, rate := range d.Rates {
		k := Key{rate.Provider, rate.Type}
		_, twice := r.prices[k]
		switch {
		case !provider.MatchString(k.Provider):
			return Rates{}, fmt.Errorf("rates[%d].provider: %q is not the name of a provider", i, k.Provider)
		case !kind.MatchString(k.Type):
			return Rates{}, fmt.Errorf("rates[%d].type: %q is not a type, such as render_second", i, k.Type)
		case rate.Amount == nil:
			return Rates{}, fmt.Errorf("rates[%d].amount: is required; 0 is for free", i)
		case twice:
			return Rates{}, fmt.Errorf("rates[%d]: %s of %s has a price already", i, k.Type, k.Provider)
		}
		r.prices[k] = int64(*rate.Amount)
	}
	return r, nil
}

// amount is a price in micros, written as a decimal number of the currency's units.
type amount int64

// UnmarshalYAML reads the number as it is written, so that no digit is lost.
func (a *amount) UnmarshalYAML(node *yaml.Node) error {
	n, err := Parse(node.Value)
	switch {
	case node.Kind != yaml.ScalarNode:
		return fmt.Errorf("line %d: amount: is not a number", node.Line)
	case err != nil:
		return fmt.Errorf("line %d: amount: %w", node.Line, err)
	case n > maxPrice:
		return fmt.Errorf("line %d: amount: %s is above 1000", node.Line, node.Value)
	}
	*a = amount(n)
	return nil
}
