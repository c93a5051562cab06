package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

func TestParseKeyReadsWhatAKeySays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.MapOfN(rapid.StringMatching(`[a-z][a-z0-9_]{0,5}`), rapid.String(), 1, 4).Draw(t, "values")
		r := rule.Rule{}
		for name := range values {
			r.Keys = append(r.Keys, name)
		}
		key, ok := r.Key(values)
		if diff := cmp.Diff(values, rule.ParseKey(key)); !ok || diff != "" {
			t.Fatalf("key %q (-want +got):\n%s", key, diff)
		}
	})
}

func TestParseKeyRefuses(t *testing.T) {
	for _, key := range []string{"", "a", "a=1,", "=1", "a=%zz", "a=1,a=2", "a=1=2"} {
		if got := rule.ParseKey(key); got != nil {
			t.Errorf("%q was read as %v", key, got)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("project=demo,user=a%2Cb")
	f.Add("a=%25,b=")
	f.Fuzz(func(t *testing.T, key string) {
		values := rule.ParseKey(key)
		r := rule.Rule{}
		for name := range values {
			r.Keys = append(r.Keys, name)
		}
		if len(values) == 0 {
			return
		}
		again, _ := r.Key(values)
		if diff := cmp.Diff(values, rule.ParseKey(again)); diff != "" {
			t.Errorf("%q, then %q (-first +second):\n%s", key, again, diff)
		}
	})
}
