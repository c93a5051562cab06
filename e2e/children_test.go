package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// program is a living process of the system.
type program struct {
	id, parent int
	name       string
	started    string // with the id it tells one process from a later one
}

// living lists the processes of this machine, without those that have ended and only wait to be collected.
func living(t *testing.T) map[int]program {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		t.Fatalf("no processes in /proc: %v", err)
	}
	all := map[int]program{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		// The name stands between brackets and may hold anything, brackets too.
		head, tail, _ := strings.Cut(string(text), "(")
		end := strings.LastIndex(tail, ")")
		if end < 0 {
			continue
		}
		fields := strings.Fields(tail[end+1:])
		id, _ := strconv.Atoi(strings.TrimSpace(head))
		if len(fields) < 20 || id == 0 || fields[0] == "Z" {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		all[id] = program{id: id, parent: parent, name: tail[:end], started: fields[19]}
	}
	return all
}

// children lists the living processes below a process.
func children(t *testing.T, ancestor int) []program {
	t.Helper()
	all := living(t)
	var found []program
	for _, p := range all {
		for up := p.parent; up > 1 && len(found) < len(all); up = all[up].parent {
			if up == ancestor {
				found = append(found, p)
				break
			}
		}
	}
	return found
}

// encoders lists the ffmpeg processes below a process.
func encoders(t *testing.T, ancestor int) []program {
	t.Helper()
	var found []program
	for _, p := range children(t, ancestor) {
		if p.name == "ffmpeg" {
			found = append(found, p)
		}
	}
	return found
}

// lives tells whether a process is still there.
func (p program) lives(t *testing.T) bool {
	t.Helper()
	return living(t)[p.id].started == p.started
}

func (p program) String() string { return fmt.Sprintf("%s (%d)", p.name, p.id) }
