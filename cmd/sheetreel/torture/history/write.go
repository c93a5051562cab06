package history

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// Log is the history of one process. Its methods are safe for concurrent use.
type Log struct {
	now func() int64

	mu   sync.Mutex
	file *os.File
	next int64
	err  error
}

// Open makes the file of a history. The caller closes the log.
func Open(path string) (*Log, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	return &Log{file: file, now: Now}, nil
}

// Close closes the file and returns the first error of all writes.
func (l *Log) Close() error {
	err := l.file.Close()
	if first := l.Err(); first != nil {
		return first
	}
	return err
}

// Err is the first error of a write. A process whose history is not written must stop.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Call is a call that has begun.
type Call struct {
	log *Log
	n   int64
}

// Begin writes that a call begins. It is in the file when this returns, so a caller that dies later leaves it there.
func (l *Log) Begin(kind Kind, s Subject) Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	l.write(line{N: l.next, At: l.now(), Kind: kind, Subject: s})
	return Call{l, l.next}
}

// End is how a call ended.
type End struct {
	Result Result
	Error  string
	Batch  string // of a create
	Leases []Lease
}

// End writes that the call ended.
func (c Call) End(e End) {
	at := c.log.now()
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.log.write(line{N: c.n, At: at, Subject: Subject{Batch: e.Batch}, Result: e.Result, Error: e.Error, Leases: e.Leases})
}

func (l *Log) write(v line) {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = l.file.Write(append(raw, '\n')) // one write a line: what was written survives our death
	}
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("history: %w", err)
	}
}
