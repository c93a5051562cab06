package cost

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"
)

const (
	// Studio is the provider of those who name none.
	Studio = "studio"
	// RenderSecond is the type of the time that an attempt took.
	RenderSecond = "render_second"
	// MaxBill is the most that one attempt may cost, in micros: ten million of the currency's units. Sums of bills fit
	// into 64 bits because of it, whatever a worker says.
	MaxBill = 10_000_000 * micros
)

// Usage is what a worker says that an attempt has used, besides its time.
type Usage struct {
	Type  string
	Units float64
}

// Item is a line of a bill.
type Item struct {
	Type   string
	Units  float64
	Micros int64
}

// UsageError says what of a report cannot be billed.
type UsageError struct {
	Index int    // of the usage
	Field string // of the usage: type or units
	Err   error
}

func (e *UsageError) Error() string { return fmt.Sprintf("usage[%d].%s: %v", e.Index, e.Field, e.Err) }
func (e *UsageError) Unwrap() error { return e.Err }

// What a UsageError wraps.
var (
	ErrUnits   = errors.New("must be a finite number of 0 or more")
	ErrTime    = errors.New("render_second is taken by Sheetreel itself")
	ErrTooDear = errors.New("an attempt would cost more than 10,000,000 of the currency's units, so this cannot be true")
)

// Check refuses a report that cannot be true, with any provider, by a *UsageError.
func (r Rates) Check(used []Usage) error {
	dear := map[string]int64{} // provider to what it would charge
	for i, u := range used {
		switch {
		case !(u.Units >= 0) || math.IsInf(u.Units, 0):
			return &UsageError{i, "units", ErrUnits}
		case u.Type == RenderSecond:
			return &UsageError{i, "type", ErrTime}
		}
		for k, price := range r.prices {
			if k.Type != u.Type {
				continue
			}
			if dear[k.Provider] += charge(u.Units, price); dear[k.Provider] >= MaxBill {
				return &UsageError{i, "units", ErrTooDear}
			}
		}
	}
	return nil
}

// Bill reckons what an attempt costs, which took so long and used what Check has passed: units times price, each line
// rounded to the nearest micro, halves up. A type without a price is free, and listed. There are no lines when nothing
// is to be paid and the worker reported nothing. A bill that time makes higher than MaxBill is cut to it.
func (r Rates) Bill(provider string, took time.Duration, used []Usage) []Item {
	if provider == "" {
		provider = Studio
	}
	var items []Item
	left := int64(MaxBill)
	for _, u := range used {
		micros := min(charge(u.Units, r.prices[Key{provider, u.Type}]), left)
		left -= micros
		items = append(items, Item{u.Type, u.Units, micros})
	}
	price, priced := r.prices[Key{provider, RenderSecond}]
	seconds := max(took, 0).Seconds()
	if micros := min(charge(seconds, price), left); micros > 0 || priced && len(used) > 0 {
		items = slices.Insert(items, 0, Item{RenderSecond, seconds, micros})
	}
	return items
}

// Total is the sum of a bill in micros.
func Total(items []Item) int64 {
	total := int64(0)
	for _, i := range items {
		total += i.Micros
	}
	return total
}

// charge is units times price, rounded to the nearest micro, halves up, and at most MaxBill. It is exact: a float64 is
// a fraction.
func charge(units float64, price int64) int64 {
	if units == 0 || price == 0 {
		return 0
	}
	x := new(big.Rat).SetFloat64(units)
	x.Mul(x, new(big.Rat).SetInt64(price)).Add(x, big.NewRat(1, 2))
	whole := new(big.Int).Div(x.Num(), x.Denom())
	if !whole.IsInt64() {
		return MaxBill
	}
	return min(whole.Int64(), MaxBill)
}
