// Package pgserver runs a private PostgreSQL server on loopback, from the installed package, in a folder of its own.
// It is for tests and trials on a user's own machine: everybody on the machine may connect to it.
//
// The kernel ends the server with the thread that started it (Linux), so that nothing is left behind however its
// owner ends. Start and Restart must therefore be called on a thread that stays: see runtime.LockOSThread.
package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// startLimit bounds how long a server may take to answer.
const startLimit = time.Minute

// ErrNotInstalled is returned by Start when no server is installed.
var ErrNotInstalled = errors.New("no PostgreSQL server found: install the Debian package postgresql")

// Options choose how a server runs.
type Options struct {
	// Parent is the folder in which the server's folder is made; the system's temporary folder when empty. As root,
	// the user postgres must be able to enter it.
	Parent string
	// Settings of the server by name, for example "fsync": "off".
	Settings map[string]string
}

// Server is a running server.
type Server struct {
	options Options
	bin     string
	folder  string
	port    int

	cmd   *exec.Cmd
	ended chan struct{}
	log   logText
}

// Start makes a database cluster and a server on it, and waits until it answers.
func Start(ctx context.Context, o Options) (s *Server, err error) {
	s = &Server{options: o}
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	if s.folder, err = os.MkdirTemp(o.Parent, "sheetreel-pg-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(s.folder)
		}
	}()
	attributes, err := unprivileged(s.folder)
	if err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attributes, s.folder
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if s.port, err = FreePort(); err != nil {
		return nil, err
	}
	return s, s.start(ctx)
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// DSN is the URL of the server's database, which stays the same over restarts.
func (s *Server) DSN() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres", s.port)
}

// Restart stops the server at once, as a crash does, and starts it again on the same data. It returns when the
// server answers.
func (s *Server) Restart(ctx context.Context) error {
	s.crash()
	return s.start(ctx)
}

// Stop ends the server at once and removes its folder.
func (s *Server) Stop() {
	s.crash()
	os.RemoveAll(s.folder)
}

// Log is what the server wrote.
func (s *Server) Log() string { return s.log.String() }

func (s *Server) crash() {
	_ = s.cmd.Process.Signal(syscall.SIGQUIT) // if it is gone already, the better
	<-s.ended
}

func (s *Server) start(ctx context.Context) error {
	attributes, err := unprivileged(s.folder)
	if err != nil {
		return err
	}
	args := []string{
		"-D", s.data(), "-p", strconv.Itoa(s.port), "-h", "127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "log_min_messages=warning",
	}
	for name, value := range s.options.Settings {
		args = append(args, "-c", name+"="+value)
	}
	s.cmd = exec.Command(filepath.Join(s.bin, "postgres"), args...)
	s.cmd.SysProcAttr, s.cmd.Dir = attributes, s.folder
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // how it ended is in its log
		close(ended)
	}(s.cmd, s.ended)
	if err := s.ready(ctx); err != nil {
		s.crash()
		return fmt.Errorf("%w\n%s", err, s.Log())
	}
	return nil
}

// ready waits until the server answers.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.DSN())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return errors.New("the PostgreSQL server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("the PostgreSQL server does not answer: %w", err)
		}
	}
}

// logLimit bounds what is kept of a server's log.
const logLimit = 1 << 20

// logText keeps the beginning of what a server writes.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() < logLimit {
		l.text.Write(p)
	}
	return len(p), nil
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
