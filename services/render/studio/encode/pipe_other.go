//go:build !linux

package encode

import "os"

// widen does nothing where pipes have one size.
func widen(*os.File) {}
