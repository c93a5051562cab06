// Package redisserver runs a private Redis or Valkey server on loopback, from the installed package, in a folder of its
// own. It is for tests, trials and benchmarks: everybody on the machine may connect to it.
//
// The kernel ends the server when its owner's process ends (Linux), however that happens.
package redisserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sheetreel/sheetreel/kit/pg/pgserver"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 30 * time.Second
)

// ErrNotInstalled is returned by Start when no server is installed.
var ErrNotInstalled = errors.New("no Redis found: install the Debian package redis-server, or valkey-server")

// Options choose how a server runs.
type Options struct {
	// Parent is the folder in which the server's folder is made; the system's temporary folder when empty.
	Parent string
	// Durable makes the server write each change to disk before it answers. Otherwise it keeps nothing.
	Durable bool
	// Settings of the server by name, for example "cluster-enabled": "yes".
	Settings map[string]string
}

// Server is a running server, or one that was stopped and can be started again at the same address.
type Server struct {
	options Options
	program string
	folder  string
	port    int
	starter *starter
	cmd     *exec.Cmd
	ended   chan struct{}
}

// Start runs a server, and waits until it answers.
func Start(ctx context.Context, o Options) (s *Server, err error) {
	s = &Server{options: o}
	if s.program, err = program(); err != nil {
		return nil, err
	}
	if s.folder, err = os.MkdirTemp(o.Parent, "sheetreel-redis-"); err != nil {
		return nil, err
	}
	s.starter = newStarter()
	defer func() {
		if err != nil {
			s.starter.close()
			os.RemoveAll(s.folder)
		}
	}()
	if s.port, err = pgserver.FreePort(); err != nil {
		return nil, err
	}
	return s, s.Resume(ctx)
}

func program() (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNotInstalled
}

// Addr is the host and port, which stay the same.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// Port is the port of Addr.
func (s *Server) Port() int { return s.port }

// URL is the address as clients take it.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// Crash kills the server. What a durable one has answered is on disk.
func (s *Server) Crash() { s.end(syscall.SIGKILL) }

// Stop asks the server to end, and waits for it.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Pause stops the server in its tracks: connections stay, and nothing is answered until Continue.
func (s *Server) Pause() error { return s.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue ends a Pause.
func (s *Server) Continue() error { return s.cmd.Process.Signal(syscall.SIGCONT) }

// Forget removes what a stopped server has on disk.
func (s *Server) Forget() error {
	files, err := filepath.Glob(filepath.Join(s.folder, "*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if filepath.Base(file) == logName {
			continue
		}
		if err := os.RemoveAll(file); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the server and removes its folder.
func (s *Server) Close() {
	s.Crash()
	s.starter.close()
	os.RemoveAll(s.folder)
}

func (s *Server) end(signal syscall.Signal) {
	_ = s.cmd.Process.Signal(signal) // if it is gone already, the better
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	timer := time.AfterFunc(stopLimit, func() { _ = s.cmd.Process.Kill() })
	<-s.ended
	timer.Stop()
}

const logName = "server.log"

// Resume starts a stopped server again, on what it has on disk, and returns when it answers.
func (s *Server) Resume(ctx context.Context) error {
	settings := map[string]string{
		"port": strconv.Itoa(s.port), "bind": "127.0.0.1", "dir": s.folder, "logfile": filepath.Join(s.folder, logName),
		"save": "", "appendonly": "no", "daemonize": "no",
	}
	if s.options.Durable {
		settings["appendonly"], settings["appendfsync"] = "yes", "always"
	}
	for name, value := range s.options.Settings {
		settings[name] = value
	}
	var args []string
	for name, value := range settings {
		args = append(args, "--"+name, value)
	}
	cmd := exec.Command(s.program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C on the terminal is left to us
	endWithUs(cmd.SysProcAttr)
	if err := s.starter.start(cmd); err != nil {
		return fmt.Errorf("start %s: %w", s.program, err)
	}
	ended := make(chan struct{})
	s.cmd, s.ended = cmd, ended
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(ended)
	}()
	if err := s.ready(ctx); err != nil {
		s.Crash()
		text, _ := os.ReadFile(filepath.Join(s.folder, logName))
		return fmt.Errorf("%w\n%s", err, text)
	}
	return nil
}

// ready waits until the server answers.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: s.Addr(), MaxRetries: -1})
	defer client.Close()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := client.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return errors.New("the Redis server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("the Redis server does not answer: %w", err)
		}
	}
}
