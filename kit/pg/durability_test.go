package pg

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/kit/pg/pgserver"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
)

func TestDurabilityIsThatOfTheServer(t *testing.T) {
	// The server of the tests is set to be fast.
	got, err := open(t, pgtest.Schema(t)).Durability(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Risks()); n != 3 {
		t.Errorf("%d risks of %+v, want 3", n, got)
	}

	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	safe, err := open(t, server.DSN()).Durability(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Durability{Fsync: "on", SynchronousCommit: "on", FullPageWrites: "on"}, safe); diff != "" || safe.Risks() != nil {
		t.Errorf("a server as it comes (-want +got):\n%s\nrisks: %q", diff, safe.Risks())
	}
}

func TestRisksOfASettingAlone(t *testing.T) {
	safe := Durability{Fsync: "on", SynchronousCommit: "on", FullPageWrites: "on"}
	for name, c := range map[string]struct {
		change func(*Durability)
		risks  int
	}{
		"as it comes":             {func(*Durability) {}, 0},
		"fsync":                   {func(d *Durability) { d.Fsync = "off" }, 1},
		"full pages":              {func(d *Durability) { d.FullPageWrites = "off" }, 1},
		"commit":                  {func(d *Durability) { d.SynchronousCommit = "off" }, 1},
		"local without a standby": {func(d *Durability) { d.SynchronousCommit = "local" }, 0},
		"local with a standby":    {func(d *Durability) { d.SynchronousCommit, d.Standbys = "local", "b" }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := safe
			c.change(&d)
			if got := d.Risks(); len(got) != c.risks {
				t.Errorf("risks %q, want %d", got, c.risks)
			}
		})
	}
}
