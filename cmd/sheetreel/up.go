package main

import (
	"context"
	"fmt"

	"github.com/sheetreel/sheetreel/kit/obs"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/allinone"
)

type upCommand struct {
	allinone.Config
	LogLevel  string `help:"Least severe log level that is written." enum:"debug,info,warn,error" default:"warn"`
	LogFormat string `help:"Form of a log line." enum:"json,text" default:"text"`
}

// Help is shown below the flags.
func (upCommand) Help() string {
	return `Everything runs in this process and on this machine only: there is no authentication yet, so addresses that
others could reach are refused. Ctrl-C lets running calls end, hands running videos back, and stops; the next start
goes on where it was.`
}

// Run runs all services until interrupted.
func (c upCommand) Run(env *environment) error {
	log := obs.NewLogger(obs.LogConfig{LogLevel: c.LogLevel, LogFormat: c.LogFormat}, "sheetreel", env.stderr)
	return allinone.Run(env.ctx, c.Config, allinone.Deps{Log: log, Provider: env.render.provider, Probe: env.render.probe, Ready: func(ctx context.Context, a allinone.Addresses) error {
		fmt.Fprint(env.stderr, c.banner(a))
		<-ctx.Done()
		fmt.Fprintln(env.stderr, "stopping: running calls end, running videos are handed back")
		return nil
	}})
}

// banner says where everything is.
func (c upCommand) banner(a allinone.Addresses) string {
	text := fmt.Sprintf(`Sheetreel is up.
  page   http://%s
  gRPC   %s
  data   %s
`, a.HTTP, a.GRPC, c.Data)
	sheet := "SHEET"
	if len(c.Emulate) > 0 {
		sheet = c.EmulatedID
		text += fmt.Sprintf("  sheet  %s (emulated)\n", c.EmulatedID)
	}
	return text + "Try: sheetreel batch create " + sheet + " --watch\nStop with Ctrl-C.\n"
}
