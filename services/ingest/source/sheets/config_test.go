package sheets_test

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

func TestConfigFromFlagsAndEnvironment(t *testing.T) {
	t.Setenv("SHEETREEL_SHEETS_API_KEY", "from-environment")
	t.Setenv("SHEETREEL_SHEETS_ENDPOINT", "http://127.0.0.1:9190")
	var got struct {
		sheets.Config
	}
	err := config.Parse("test", "", &got, []string{"--sheets-credentials=key.json", "--sheets-endpoint=http://127.0.0.1:9191"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := sheets.Config{Credentials: "key.json", APIKey: "from-environment", Endpoint: "http://127.0.0.1:9191", TryTimeout: time.Minute, Retry: "A"}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}
