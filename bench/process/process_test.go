package process

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleEnv makes the test binary a program that this test starts.
const roleEnv = "SHEETREEL_BENCH_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(play(role))
	}
	os.Exit(m.Run())
}

// play is what the program does.
func play(role string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if role == "fail" {
		fmt.Fprintln(os.Stderr, "no limits")
		return 3
	}
	address := os.Getenv("SHEETREEL_BENCH_ADDRESS")
	if role == "print" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer l.Close()
	for began := time.Now(); time.Since(began) < 20*time.Millisecond; { // some CPU time
	}
	if role == "print" {
		fmt.Println(l.Addr())
	}
	<-ctx.Done()
	return 0
}

func start(t *testing.T, role, address string) (*Process, error) {
	t.Helper()
	return Start(t.Context(), Spec{
		Name: "a program", Path: os.Args[0], Address: address,
		Env: []string{roleEnv + "=" + role, "SHEETREEL_BENCH_ADDRESS=" + address},
	})
}

func TestAProcess(t *testing.T) {
	free, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	for role, address := range map[string]string{"print": "", "listen": free} {
		t.Run(role, func(t *testing.T) {
			p, err := start(t, role, address)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := net.Dial("tcp", p.Address)
			if err != nil {
				t.Error(err)
			} else {
				conn.Close()
			}
			if used, err := p.CPU(); err != nil || used <= 0 {
				t.Errorf("CPU time %v, error %v", used, err)
			}
			if err := p.Stop(); err != nil {
				t.Error(err)
			}
			if _, err := net.Dial("tcp", p.Address); err == nil {
				t.Error("it listens after its end")
			}
		})
	}
}

func TestAProcessThatFailsTellsWhy(t *testing.T) {
	free, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"before it prints": "", "before it listens": free} {
		t.Run(name, func(t *testing.T) {
			_, err := start(t, "fail", address)
			if err == nil || !strings.Contains(err.Error(), "no limits") {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := Start(t.Context(), Spec{Name: "nothing", Path: "/does/not/exist"}); err == nil {
		t.Error("a program that does not exist was started")
	}
}

func TestTail(t *testing.T) {
	var l tail
	if got := l.String(); got != "" {
		t.Errorf("empty: %q", got)
	}
	fmt.Fprint(&l, strings.Repeat("a", kept-1))
	fmt.Fprint(&l, "bc")
	if got, want := l.String(), "\n"+strings.Repeat("a", kept-2)+"bc"; got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	fmt.Fprint(&l, strings.Repeat("x", 3*kept))
	if got := len(l.String()); got != kept+1 {
		t.Errorf("got %d bytes", got)
	}
}
