//go:build !linux

package studio

import "time"

// threadTime is not known where a thread's time cannot be asked for; programs are measured all the same.
func threadTime() time.Duration { return 0 }
