package campaign

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/nursery"
)

// end is how a process of a place ended by itself.
type end struct {
	name string
	code int
}

// place makes a place whose processes run a script of their generation; started gets each generation's number.
func place(t *testing.T, script func(generation int) string) (m *member, n *nursery.Nursery, started chan int, ends chan end) {
	t.Helper()
	folder := t.TempDir()
	started, ends = make(chan int, 100), make(chan end, 100)
	n = nursery.New()
	t.Cleanup(n.Close)
	return &member{
		name: "m", judge: func(name string, code int) { ends <- end{name, code} },
		command: func(generation int) nursery.Command {
			started <- generation
			return nursery.Command{Name: "m", Path: "/bin/sh", Args: []string{"-c", script(generation)}, Env: []string{"PATH=/usr/bin:/bin"}, Log: filepath.Join(folder, "log")}
		},
	}, n, started, ends
}

const forever = "while :; do sleep 0.05; done"

func TestAPlaceIsFilledAgain(t *testing.T) {
	m, n, started, ends := place(t, func(int) string { return forever })
	if err := m.begin(n); err != nil {
		t.Fatal(err)
	}
	for want := 1; want <= 3; want++ {
		if got := <-started; got != want {
			t.Fatalf("generation %d; want %d", got, want)
		}
		if want < 3 {
			child, ok := m.signal(syscall.SIGKILL)
			if !ok {
				t.Fatal("nobody was hit")
			}
			<-child.Done()
		}
	}
	var f check.Findings
	m.stop(&f)
	if f.Total() != 0 || len(ends) != 0 || m.generations() != 3 || !m.over() {
		t.Errorf("findings %v, %d ends, %d generations, over %v", f.Shown(), len(ends), m.generations(), m.over())
	}
}

func TestAProcessThatEndsByItselfIsTold(t *testing.T) {
	m, n, started, ends := place(t, func(generation int) string {
		return map[int]string{1: "exit 3", 2: "exit 0"}[generation] + "\n" + forever
	})
	if err := m.begin(n); err != nil {
		t.Fatal(err)
	}
	for _, want := range []end{{"m", 3}, {"m", 0}} {
		if got := <-ends; got != want {
			t.Errorf("%+v; want %+v", got, want)
		}
	}
	for range 3 {
		<-started
	}
	m.abandon()
}

func TestWorkThatIsDoneIsNotDoneAgain(t *testing.T) {
	m, n, _, ends := place(t, func(int) string { return "exit 0" })
	m.once = true
	if err := m.begin(n); err != nil {
		t.Fatal(err)
	}
	<-m.ended
	var f check.Findings
	m.stop(&f)
	if m.generations() != 1 || len(ends) != 0 || f.Total() != 0 {
		t.Errorf("%d generations, %d ends, findings %v", m.generations(), len(ends), f.Shown())
	}
}

func TestAProcessMustEndInGoodOrder(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "ready")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	m, n, _, _ := place(t, func(int) string { return "trap 'exit 4' TERM; echo ready >" + fifo + "; " + forever })
	if err := m.begin(n); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(fifo); err != nil { // until the trap is there
		t.Fatal(err)
	}
	var f check.Findings
	m.stop(&f)
	if f.Count(check.Crash) != 1 || f.Total() != 1 {
		t.Errorf("findings %v; want one of the exit code", f.Shown())
	}
}
