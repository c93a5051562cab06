package emulator_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

func TestEachQuotaRefusesInItsOwnName(t *testing.T) {
	tests := []struct {
		quota    emulator.Quota
		id, unit string
		write    bool
		again    time.Duration // when it begins anew
	}{
		{emulator.ReadsPerUser, "ReadRequestsPerMinutePerUser", "1/min/{project}/{user}", false, time.Minute},
		{emulator.ReadsPerProject, "ReadRequestsPerMinutePerProject", "1/min/{project}", false, time.Minute},
		{emulator.WritesPerUser, "WriteRequestsPerMinutePerUser", "1/min/{project}/{user}", true, time.Minute},
		{emulator.WritesPerProject, "WriteRequestsPerMinutePerProject", "1/min/{project}", true, time.Minute},
		{emulator.RequestsPerSheet, "RequestsPerSecondPerSpreadsheet", "1/s/{spreadsheet}", false, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
			options := plan()
			options.Now = func() time.Time { return now }
			s := emulatortest.Start(t, options)
			s.SetQuota(tt.quota, 1)
			api := client(t, s)
			call := func() error {
				if tt.write {
					_, err := api.Values.BatchUpdate("demo", update("RAW", &sheets.ValueRange{Range: "Ideas!A1", Values: rows{{"x"}}})).Do()
					return err
				}
				_, err := api.Values.Get("demo", "Ideas").Do()
				return err
			}
			for range 2 {
				if err := call(); err != nil {
					t.Fatal(err)
				}
				got := refusal(t, call())
				for _, part := range []string{`"quota_limit":"` + tt.id + `"`, `"quota_unit":"` + tt.unit + `"`, `"quota_limit_value":"1"`} {
					if got.Code != 429 || !strings.Contains(got.Body, part) {
						t.Errorf("%d without %s: %s", got.Code, part, got.Body)
					}
				}
				now = now.Add(tt.again)
			}
		})
	}
}
