package emulator_test

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

func TestConfigFromFlags(t *testing.T) {
	var got struct {
		emulator.Config
		Files []string `arg:""`
	}
	err := config.Parse("sheets-emulator", "", &got, []string{"--reads-per-minute=60", "ideas.csv"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := emulator.Config{ReadsPerMinute: 60, Locale: "en_US", TimeZone: "Etc/UTC"}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}
