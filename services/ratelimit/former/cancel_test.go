package former

import (
	"testing"
	"time"
)

func TestCancelGivesBack(t *testing.T) {
	b := setup(t, Config{})
	b.mustAcquire(t, "ada", 5)
	permit := b.mustAcquire(t, "ada", 20)
	b.wantLeft(t, "ada", 35, 275)
	if !b.Cancel(permit) {
		t.Error("the permit was not found")
	}
	b.wantLeft(t, "ada", 55, 295)
	if b.Cancel(permit) {
		t.Error("the permit was found twice")
	}
	b.wantLeft(t, "ada", 55, 295)
}

func TestCancelLetsARefusedCallThrough(t *testing.T) {
	b := setup(t, Config{})
	permit := b.mustAcquire(t, "ada", 60)
	b.wantExhausted(t, "ada", 1, time.Minute, "user")
	b.Cancel(permit)
	b.mustAcquire(t, "ada", 60)
}

// A cancel gives back only what time has not freed already.
func TestALateCancelDoesNotFreeTwice(t *testing.T) {
	b := setup(t, Config{})
	permit := b.mustAcquire(t, "ada", 60)
	b.time.advance(time.Minute)
	b.mustAcquire(t, "ada", 60)
	b.Cancel(permit)
	b.wantExhausted(t, "ada", 1, time.Minute, "user")
	b.wantLeft(t, "bob", 60, 240)
}

func TestAPermitEndsAfterTenMinutes(t *testing.T) {
	slow := perUser
	slow.Period = time.Hour
	tests := []struct {
		name  string
		after time.Duration
		found bool
	}{
		{"just before", 10*time.Minute - 1, true},
		{"then", 10 * time.Minute, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := setup(t, Config{}, slow)
			permit := b.mustAcquire(t, "ada", 1)
			b.time.advance(test.after)
			if found := b.Cancel(permit); found != test.found {
				t.Errorf("found %v, want %v", found, test.found)
			}
			want := int64(59)
			if test.found {
				want = 60
			}
			if left := b.left(t, "ada")["user"]; left != want {
				t.Errorf("%d left, want %d", left, want)
			}
		})
	}
}

func TestCancelOfWhatIsNoPermit(t *testing.T) {
	b := setup(t, Config{})
	other := setup(t, Config{})
	permit := b.mustAcquire(t, "ada", 1)
	for _, name := range []string{
		"", "-", "x", "x-0", b.permits.series, b.permits.series + "-", b.permits.series + "-1", b.permits.series + "--1",
		b.permits.series + "-zzzzzzzzzzzzzzzzzz", other.mustAcquire(t, "ada", 1), permit + " ",
	} {
		if b.Cancel(name) {
			t.Errorf("permit %q was found", name)
		}
	}
	b.wantLeft(t, "ada", 59, 299)
}

// No other name than a permit's own finds it, and none does harm.
func FuzzCancel(f *testing.F) {
	f.Add("")
	f.Add("0")
	f.Add("abc-1")
	f.Add("-zz")
	f.Fuzz(func(t *testing.T, name string) {
		b := setup(t, Config{})
		permit := b.mustAcquire(t, "ada", 1)
		for _, tried := range []string{name, b.permits.series + "-" + name} {
			if tried != permit && b.Cancel(tried) {
				t.Errorf("%q cancels the permit %q", tried, permit)
			}
		}
	})
}
