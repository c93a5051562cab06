package allinone

import (
	"context"
	"errors"
	"net"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

// Emulated is a Google spreadsheet that is served from local CSV files, one for each tab.
type Emulated struct {
	Emulate    []string `help:"Serve these CSV files as an emulated Google spreadsheet, and read sheets from there." placeholder:"FILE" type:"existingfile"`
	EmulatedID string   `help:"Id of the emulated spreadsheet." default:"demo"`
}

// emulate adds a Sheets emulator on a free port and points ingest to it.
func (b *builder) emulate() error {
	if len(b.cfg.Emulate) == 0 {
		return nil
	}
	if b.cfg.Ingest.Sheets.Endpoint != "" {
		return errors.New("--emulate: cannot be used with --sheets-endpoint")
	}
	e, err := emulator.New(emulator.Options{Files: map[string][]string{b.cfg.EmulatedID: b.cfg.Emulate}})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.cfg.Ingest.Sheets.Endpoint = "http://" + listener.Addr().String()
	b.Add("sheets emulator", func(ctx context.Context) error { return e.Serve(ctx, listener) })
	return nil
}
