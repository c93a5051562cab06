package encode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Version is the first line that ffmpeg says about itself, without its copyright.
func Version(ctx context.Context, program string) (string, error) {
	if program == "" {
		program = "ffmpeg"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("program %s: %w: %w", program, err, ErrMissing)
	}
	if err != nil {
		return "", fmt.Errorf("program %s: %w", program, err)
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	version, _, _ := strings.Cut(string(line), " Copyright")
	return version, nil
}
