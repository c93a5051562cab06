// Command sheetreel turns a Google Sheet of video ideas into finished videos. It is the command line, and with
// `sheetreel up` it is the whole of Sheetreel in one process.
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
