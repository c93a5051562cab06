package scheduler

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/kit/config"
)

func TestSettingsOfTheOrder(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string // in the error; none when empty
	}{
		"defaults":           {nil, ""},
		"all":                {[]string{"--order-policy=fair", "--order-weight=projects/demo/users/ada=3;projects/demo/users/bob=0.5", "--max-running-per-user=4"}, ""},
		"an unknown policy":  {[]string{"--order-policy=lifo"}, "order-policy"},
		"a weight of nobody": {[]string{"--order-weight=ada=3"}, `order-weight: "ada" is not of the form`},
		"a weight of zero":   {[]string{"--order-weight=projects/demo/users/ada=0"}, "order-weight: projects/demo/users/ada: 0 is not"},
		"a negative limit":   {[]string{"--max-running-per-provider=-1"}, "max-running-per-provider: must not be negative"},
		"offsets reversed":   {[]string{"--order-normal-offset=7h"}, "order offsets"},
		"a lease too short":  {[]string{"--lease-duration=1s"}, "lease-duration"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var c Config
			err := config.Parse("test", "Tests.", &c, test.args, &bytes.Buffer{})
			if err == nil {
				err = c.validate()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error = %v, want %q", err, test.want)
			}
			if name == "all" && (!c.Fair() || c.Share("demo", "bob", time.Second) != 2*time.Second || c.PerUser != 4) {
				t.Errorf("settings = %+v", c)
			}
		})
	}
}
