// Sheetreel turns a Google Sheet of video ideas into finished videos. This program is its command line, and with
// `sheetreel up` the whole of it in one process.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/screen"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(execute(os.Args[1:], &environment{
		ctx: ctx, stdout: os.Stdout, stderr: os.Stderr,
		screen: screen.Detect(os.Stdout, os.Getenv), zone: time.Local,
	}))
}
