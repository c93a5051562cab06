package cost_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/scheduler/cost"
)

const prices = `
currency: EUR
rates:
  - {provider: studio, type: render_second, amount: 0.000047}
  - {provider: studio, type: character, amount: 0.000015}
  - {provider: remote, type: video_second, amount: 0.5}
  - {provider: remote, type: clip, amount: 1000}
`

func read(t testing.TB, text string) cost.Rates {
	t.Helper()
	r, err := cost.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBill(t *testing.T) {
	rates := read(t, prices)
	tests := map[string]struct {
		provider string
		took     time.Duration
		used     []cost.Usage
		want     []cost.Item
		err      error
	}{
		"the built-in provider's time": {took: 90 * time.Second, want: []cost.Item{{cost.RenderSecond, 90, 4230}}},
		"halves go up":                 {took: 500 * time.Millisecond, want: []cost.Item{{cost.RenderSecond, 0.5, 24}}},
		"no time, no lines":            {},
		"a clock that ran back":        {took: -time.Second},
		"time and usage": {
			provider: "studio", took: time.Second, used: []cost.Usage{{"character", 1000}, {"image", 3}},
			want: []cost.Item{{cost.RenderSecond, 1, 47}, {"character", 1000, 15_000}, {"image", 3, 0}},
		},
		"time is free without a price": {provider: "remote", took: time.Hour},
		"only usage":                   {provider: "remote", used: []cost.Usage{{"video_second", 9.5}}, want: []cost.Item{{"video_second", 9.5, 4_750_000}}},
		"an unknown provider is free":  {provider: "other", took: time.Hour, used: []cost.Usage{{"image", 1}}, want: []cost.Item{{"image", 1, 0}}},
		"less than nothing":            {used: []cost.Usage{{"image", -1}}, err: cost.ErrUnits},
		"not a number":                 {used: []cost.Usage{{"image", math.NaN()}}, err: cost.ErrUnits},
		"endless":                      {used: []cost.Usage{{"image", math.Inf(1)}}, err: cost.ErrUnits},
		"time twice":                   {used: []cost.Usage{{cost.RenderSecond, 1}}, err: cost.ErrTime},
		"too dear at once":             {provider: "remote", used: []cost.Usage{{"clip", 1e300}}, err: cost.ErrTooDear},
		"too dear in all":              {provider: "remote", used: []cost.Usage{{"clip", 6000}, {"clip", 6000}}, err: cost.ErrTooDear},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := rates.Check(test.used)
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if err != nil {
				return
			}
			got := rates.Bill(test.provider, test.took, test.used)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("bill (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTimeAloneIsCutNotRefused(t *testing.T) {
	rates := read(t, "currency: EUR\nrates: [{provider: studio, type: render_second, amount: 1000}]")
	if got := rates.Bill("", math.MaxInt64, nil); cost.Total(got) != cost.MaxBill {
		t.Errorf("%v; want a bill of %d", got, int64(cost.MaxBill))
	}
}

func TestBillIsExact(t *testing.T) {
	rates := read(t, prices)
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64Range(0, 1_000_000).Draw(t, "units")
		took := time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "took"))
		items := rates.Bill("studio", took, []cost.Usage{{Type: "character", Units: float64(units)}})
		if items[1].Micros != units*15 {
			t.Fatalf("%d characters at 15 micros cost %d", units, items[1].Micros)
		}
		// A nanosecond off at most: seconds are a float64.
		low, high := (47*(int64(took)-1)+5e8)/1e9, (47*(int64(took)+1)+5e8)/1e9
		if items[0].Micros < low || items[0].Micros > high {
			t.Fatalf("%v at 47 micros a second cost %d, want %d to %d", took, items[0].Micros, low, high)
		}
		if cost.Total(items) != items[0].Micros+items[1].Micros {
			t.Fatal("the total is not the sum")
		}
	})
}

func TestNoBillIsAboveTheMost(t *testing.T) {
	rates := read(t, prices)
	rapid.Check(t, func(t *rapid.T) {
		used := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) cost.Usage {
			return cost.Usage{Type: rapid.SampledFrom([]string{"clip", "video_second"}).Draw(t, "type"), Units: rapid.Float64().Draw(t, "units")}
		}), 0, 20).Draw(t, "used")
		if rates.Check(used) != nil {
			return
		}
		if total := cost.Total(rates.Bill("remote", time.Hour, used)); total < 0 || total > cost.MaxBill {
			t.Fatalf("a bill of %d", total)
		}
	})
}

func TestReadRefuses(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no currency":       {"rates: []", "currency"},
		"a small currency":  {"currency: usd", "currency"},
		"an unknown key":    {"currency: USD\nprices: []", "prices"},
		"no provider":       {"currency: USD\nrates: [{type: image, amount: 1}]", "rates[0].provider"},
		"an odd type":       {"currency: USD\nrates: [{provider: a, type: Image, amount: 1}]", "rates[0].type"},
		"no amount":         {"currency: USD\nrates: [{provider: a, type: image}]", "rates[0].amount"},
		"below nothing":     {"currency: USD\nrates: [{provider: a, type: image, amount: -1}]", "amount"},
		"too fine":          {"currency: USD\nrates: [{provider: a, type: image, amount: 0.0000001}]", "six decimals"},
		"too dear":          {"currency: USD\nrates: [{provider: a, type: image, amount: 1000.000001}]", "above 1000"},
		"twice":             {"currency: USD\nrates: [{provider: a, type: b, amount: 1}, {provider: a, type: b, amount: 2}]", "rates[1]"},
		"a list of amounts": {"currency: USD\nrates: [{provider: a, type: b, amount: [1]}]", "amount"},
		"too long":          {"currency: USD\n#" + strings.Repeat("x", 1<<20), "larger"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := cost.Read(strings.NewReader(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one about %q", err, test.want)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	built := cost.Default()
	if built.Currency() != "USD" || len(built.All()) == 0 {
		t.Errorf("built-in rates: %q, %v", built.Currency(), built.All())
	}
	var none cost.Rates
	if diff := cmp.Diff(built.All(), none.OrDefault().All()); diff != "" {
		t.Errorf("the zero value gives other rates:\n%s", diff)
	}
	path := filepath.Join(t.TempDir(), "rates.yaml")
	if err := os.WriteFile(path, []byte(prices), 0o600); err != nil {
		t.Fatal(err)
	}
	var own cost.Rates
	if err := own.UnmarshalText([]byte(path)); err != nil {
		t.Fatal(err)
	}
	if first := own.All()[0]; own.OrDefault().Currency() != "EUR" || first.Provider != "remote" || first.Type != "clip" {
		t.Errorf("%q, first %v; want EUR, remote's clip", own.Currency(), first)
	}
	if err := own.UnmarshalText([]byte(path + "x")); err == nil {
		t.Error("a file that is not there is no error")
	}
	sample := new(cost.Rates)
	if err := sample.UnmarshalText([]byte("../../../examples/provider-rates.yaml")); err != nil {
		t.Error(err)
	}
}

func TestFormat(t *testing.T) {
	for amount, want := range map[int64]string{0: "0.00 USD", 12_500_000: "12.50 USD", 47: "0.000047 USD", 1_230_000: "1.23 USD", -500_000: "-0.50 USD"} {
		if got := cost.Format(amount, "USD"); got != want {
			t.Errorf("Format(%d) = %q, want %q", amount, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "12.5": 12_500_000, "0.000001": 1, "999999999999.999999": 999_999_999_999_999_999,
		"": -1, ".5": -1, "1.": -1, "-1": -1, "1e3": -1, "0.0000001": -1, "1,5": -1, "1000000000000": -1,
	} {
		got, err := cost.Parse(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(prices)
	f.Add("currency: USD\nrates: [{provider: a, type: b, amount: 1e3}]")
	f.Add("\t- [")
	f.Fuzz(func(t *testing.T, text string) {
		rates, err := cost.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range rates.All() {
			if r.Micros < 0 || r.Micros > 1_000_000_000 || r.Provider == "" || r.Type == "" {
				t.Errorf("took %+v", r)
			}
		}
	})
}
