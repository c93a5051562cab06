package database

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticks are the units of CPU time in Linux' /proc: 100 a second on every platform that Go runs on.
const tick = time.Second / 100

// tree is a process with its children, by the id of the process; 0 is none.
type tree int

// treeOf finds the server's first process: the parent of a backend.
func treeOf(backend int) tree {
	p, ok := read(backend)
	if !ok {
		return 0
	}
	return tree(p.parent)
}

// cpu is what the process and its children have used: those that live, and those that it has waited for.
func (t tree) cpu() time.Duration {
	root, ok := read(int(t))
	if t == 0 || !ok {
		return 0
	}
	sum := root.own + root.waited
	folder, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, entry := range folder {
		id, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, ok := read(id); ok && p.parent == int(t) {
			sum += p.own + p.waited
		}
	}
	return sum
}

// process is what /proc tells of one.
type process struct {
	parent      int
	own, waited time.Duration
}

func read(id int) (process, bool) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	if err != nil {
		return process{}, false
	}
	return parse(string(raw))
}

// parse reads a line of /proc/PID/stat; see proc(5). The name, which may contain anything, ends with the last ")".
func parse(stat string) (p process, ok bool) {
	end := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[end+1:])
	const state, parent, user, system, childUser, childSystem = 0, 1, 11, 12, 13, 14
	if end < 0 || len(fields) <= childSystem || len(fields[state]) != 1 {
		return process{}, false
	}
	number := func(i int) int64 {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		ok = ok && err == nil
		return n
	}
	ok = true
	p.parent = int(number(parent))
	p.own = time.Duration(number(user)+number(system)) * tick
	p.waited = time.Duration(number(childUser)+number(childSystem)) * tick
	return p, ok
}
