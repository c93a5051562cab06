package encode

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// Alive says whether any process of the encoder's group runs. Dead ones that nobody has collected do not count.
func Alive(e *Encoder) bool {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		// pid (name) state ppid pgrp ...; the name may hold anything but ends with the last bracket
		fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
		if string(fields[2]) == strconv.Itoa(e.program.cmd.Process.Pid) && string(fields[0]) != "Z" {
			return true
		}
	}
	return false
}
