package nursery

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func command(t *testing.T, script string) Command {
	t.Helper()
	return Command{Name: "child", Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"WORD=hello"}, Log: filepath.Join(t.TempDir(), "log")}
}

func TestAChildEndsByItself(t *testing.T) {
	n := New()
	defer n.Close()
	c := command(t, "echo $WORD; exit 3")
	child, err := n.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	<-child.Done()
	if child.ExitCode() != 3 {
		t.Errorf("exit code %d; want 3", child.ExitCode())
	}
	if child.Signal(syscall.SIGTERM) {
		t.Error("an ended process took a signal")
	}
	log, err := os.ReadFile(c.Log)
	if err != nil || strings.TrimSpace(string(log)) != "hello" {
		t.Errorf("log %q, %v; want hello", log, err)
	}
}

func TestCloseEndsAllEvenStoppedOnes(t *testing.T) {
	n := New()
	var all []*Child
	for range 3 {
		child, err := n.Start(command(t, "while :; do read line; done </dev/zero"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, child)
	}
	if !all[1].Signal(syscall.SIGSTOP) {
		t.Error("a running process took no signal")
	}
	n.Close()
	for _, child := range all {
		<-child.Done()
		if child.ExitCode() != -1 || !child.EndedBy(syscall.SIGKILL) || child.EndedBy(syscall.SIGTERM) {
			t.Errorf("exit code %d; want -1, by SIGKILL", child.ExitCode())
		}
	}
	if _, err := n.Start(command(t, "true")); err == nil {
		t.Error("a closed nursery started a process")
	}
}
