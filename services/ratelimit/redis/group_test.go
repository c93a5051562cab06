package redis

import (
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Each charge has one id, which leads to its groups.
func FuzzParseCharge(f *testing.F) {
	f.Add("rp1vzpqzz-2067jawcd62hm")
	f.Add(engine.Charge{Series: seriesOf([]group{groupOf("demo", nil), lone(15)}), Number: 1 << 63}.String())
	f.Add("r-1")
	f.Add("rp1-")
	f.Add("rn{-1")
	f.Fuzz(func(t *testing.T, id string) {
		c, groups, ok := parseCharge(id)
		if !ok {
			return
		}
		if len(groups) == 0 || seriesOf(groups) != c.Series || c.String() != id {
			t.Errorf("%q is charge %v of groups %v", id, c, groups)
		}
	})
}
