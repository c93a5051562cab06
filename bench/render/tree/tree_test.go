package tree

import (
	"runtime"
	"strings"
	"testing"
)

func TestRunCountsWhoIsBelow(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("memory is known on Linux only")
		return
	}
	u, err := Run(t.Context(), Command{Path: "/bin/sh", Args: []string{"-c", "sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'; true"}})
	if err != nil {
		t.Fatal(err)
	}
	if u.CPU <= 0 || u.Wall <= 0 || u.Peak <= 0 {
		t.Errorf("took %+v", u)
	}
}

func TestStepsAndComplaints(t *testing.T) {
	var names []string
	err := Steps(t.Context(), Command{Path: "/bin/sh", Args: []string{"-c", `echo '{"name":"one","usage":{"Wall":5}}'; echo noise; echo '{"name":"two"}'; echo alas >&2; exit 3`}}, func(s Step) {
		names = append(names, s.Name)
	})
	if got := strings.Join(names, " "); got != "one two" {
		t.Errorf("steps %q", got)
	}
	if err == nil || !strings.Contains(err.Error(), "alas") {
		t.Errorf("error %v", err)
	}
}

func TestTail(t *testing.T) {
	var l tail
	if l.String() != "" {
		t.Error("an empty one says something")
	}
	_, _ = l.Write([]byte(strings.Repeat("x", kept) + "end"))
	if got := l.String(); len(got) != kept+1 || !strings.HasSuffix(got, "end") {
		t.Errorf("%d bytes", len(got))
	}
}
