package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/fakescheduler"
)

func dial(t *testing.T, s *fakescheduler.Scheduler) *Client {
	t.Helper()
	c, err := Dial(s.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestResolve(t *testing.T) {
	const (
		first  = "01935c7a-0000-7000-8000-0000000000aa"
		second = "01935c7b-0000-7000-8000-0000000000bb"
		third  = "01935c7b-1111-7000-8000-0000000000cc"
	)
	fake := &fakescheduler.Scheduler{}
	for _, id := range []string{third, second, first} {
		fake.Jobs = append(fake.Jobs, &schedulerv1.BulkJob{Name: "projects/default/bulkJobs/" + id})
	}
	for i := range 450 { // more than two pages before the one that is looked for
		id := fmt.Sprintf("00000000-0000-7000-8000-%012x", 0xd000+i)
		fake.Jobs = append([]*schedulerv1.BulkJob{{Name: "projects/default/bulkJobs/" + id}}, fake.Jobs...)
	}
	c := dial(t, fake)
	tests := []struct{ name, reference, want, err string }{
		{"full name", "projects/p2/bulkJobs/" + first, "projects/p2/bulkJobs/" + first, ""},
		{"id", first, "projects/default/bulkJobs/" + first, ""},
		{"upper case id", strings.ToUpper(first), "projects/default/bulkJobs/" + first, ""},
		{"beginning", "01935c7a", "projects/default/bulkJobs/" + first, ""},
		{"end", "00bb", "projects/default/bulkJobs/" + second, ""},
		{"latest", "latest", "projects/default/bulkJobs/00000000-0000-7000-8000-00000000d1c1", ""},
		{"two fit", "01935c7b", "", "fits 2 bulk jobs, for example " + third},
		{"none fits", "ffff", "", `none in project default has an id that begins or ends with "ffff"`},
		{"too short", "019", "", "at least four characters"},
		{"a name", "my batch", "", `"my batch" is not a bulk job`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := c.Resolve(t.Context(), "default", tt.reference)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error = %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("Resolve(%q) = %q, %v; want %q", tt.reference, got, err, tt.want)
			}
		})
	}
}

func TestLatestOfNothing(t *testing.T) {
	_, err := dial(t, &fakescheduler.Scheduler{}).Resolve(t.Context(), "default", Latest)
	if !errors.Is(err, ErrNoBulkJob) {
		t.Errorf("error = %v, want ErrNoBulkJob", err)
	}
}
