package main

import (
	"fmt"
	"net"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

type emulatorCommand struct {
	emulator.Config
	Files  []string `arg:"" name:"file" help:"CSV files; each is a tab, called as the file is." type:"existingfile"`
	ID     string   `name:"emulated-id" help:"Id of the emulated spreadsheet." default:"demo"`
	Listen string   `help:"Address to serve on." default:"127.0.0.1:9190" env:"SHEETREEL_SHEETS_EMULATOR_LISTEN"`
}

// Help is shown below the flags.
func (emulatorCommand) Help() string {
	return `It speaks the wire protocol of Google Sheets from local files, for trials without a Google account. Point
Sheetreel to it with: sheetreel up --sheets-endpoint http://127.0.0.1:9190`
}

// Run serves until interrupted.
func (c emulatorCommand) Run(env *environment) error {
	e, err := emulator.New(emulator.Options{Config: c.Config, Files: map[string][]string{c.ID: c.Files}})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	fmt.Fprintf(env.stderr, "serving spreadsheet %q at http://%s; stop with Ctrl-C\n", c.ID, listener.Addr())
	return e.Serve(env.ctx, listener)
}
