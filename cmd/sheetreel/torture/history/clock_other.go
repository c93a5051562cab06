//go:build !linux

package history

import "time"

// Now is the machine's clock in nanoseconds. Nobody may set it during a campaign.
func Now() int64 { return time.Now().UnixNano() }
