package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const (
	letterID   = "01935c7a-0000-7000-8000-000000000b03"
	letterName = "projects/default/deadLetters/" + letterID
)

// withLetters is a server with two dead letters.
func withLetters(t *testing.T) *bundle {
	t.Helper()
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	at := func(minutes int) *timestamppb.Timestamp {
		return timestamppb.New(time.Date(2026, 11, 24, 9, minutes, 0, 0, time.UTC))
	}
	b.fake.Letters = []*schedulerv1.DeadLetter{
		{
			Name: letterName, VideoJob: jobName + "/videoJobs/" + letterID, Idea: &ingestv1.Idea{RowNumber: 3, Title: "富士山の朝"},
			FailureClass: schedulerv1.FailureClass_INVALID_IDEA, Error: &status.Status{Message: "the font\nis missing"}, CreateTime: at(7), ExpireTime: at(59),
			Attempts: []*schedulerv1.Attempt{
				{Number: 1, Worker: "w1", StartTime: at(1), EndTime: at(2)},
				{Number: 2, Worker: "w2", StartTime: at(3), EndTime: at(7), Error: &status.Status{Message: "the font is missing"}},
			},
		},
		{
			Name: "projects/default/deadLetters/01935c7a-0000-7000-8000-000000000a04", Idea: &ingestv1.Idea{RowNumber: 4, Title: "Why cats purr"},
			FailureClass: schedulerv1.FailureClass_POISON, Error: &status.Status{Message: "three workers were lost"}, CreateTime: at(5),
		},
	}
	return b
}

func TestDeadLettersAsTables(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"list": {[]string{"list"}, `dead letter                           gave up              class         row  title          error
01935c7a-0000-7000-8000-000000000b03  2026-11-24 09:07:00  invalid-idea    3  富士山の朝     the font is missing
01935c7a-0000-7000-8000-000000000a04  2026-11-24 09:05:00  poison          4  Why cats purr  three workers were lost
`},
		"list of a class": {[]string{"list", "--class", "POISON"}, `dead letter                           gave up              class   row  title          error
01935c7a-0000-7000-8000-000000000a04  2026-11-24 09:05:00  poison    4  Why cats purr  three workers were lost
`},
		"list of nothing": {[]string{"list", "--class", "network"}, "no dead letters\n"},
		"show": {[]string{"show", "0b03"}, `row 3: 富士山の朝
video job  ` + jobName + "/videoJobs/" + letterID + `
gave up    2026-11-24 09:07:00
class      invalid-idea
error      the font is missing
expires    2026-11-24 09:59:00
attempt 1  2026-11-24 09:01:00 to 2026-11-24 09:02:00 on w1: handed back
attempt 2  2026-11-24 09:03:00 to 2026-11-24 09:07:00 on w2: the font is missing
`},
		"replay":      {[]string{"replay", letterID}, "row 3 is now: queued\n"},
		"replay many": {[]string{"replay", "--all"}, "2 queued again\n"},
		"purge":       {[]string{"purge", "--class", "poison"}, "1 removed; their videos stay failed\n"},
	} {
		t.Run(name, func(t *testing.T) {
			b := withLetters(t)
			if code := b.run(append([]string{"dlq"}, test.args...)...); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &b.stderr)
			}
			if diff := cmp.Diff(test.want, b.stdout.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeadLettersAsRequests(t *testing.T) {
	file := filepath.Join(t.TempDir(), "idea.json")
	if err := os.WriteFile(file, []byte(`{"title": "Better", "script": "Say it."}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want proto.Message
	}{
		"replay with another idea": {
			[]string{"replay", "0b03", "--idea", file},
			&schedulerv1.ReplayDeadLetterRequest{Name: letterName, Idea: &ingestv1.Idea{Title: "Better", Script: "Say it."}},
		},
		"replay of a bulk job": {
			[]string{"replay", "--batch", "latest", "--max", "7"},
			&schedulerv1.ReplayDeadLettersRequest{Parent: "projects/default", BulkJob: jobName, MaxCount: 7},
		},
		"purge of a class": {
			[]string{"purge", "--class", "invalid_idea"},
			&schedulerv1.PurgeDeadLettersRequest{Parent: "projects/default", FailureClass: schedulerv1.FailureClass_INVALID_IDEA},
		},
		"purge of all": {[]string{"purge", "--all"}, &schedulerv1.PurgeDeadLettersRequest{Parent: "projects/default"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := withLetters(t)
			if code := b.run(append([]string{"dlq"}, test.args...)...); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &b.stderr)
			}
			all := b.fake.Requests()
			got := all[len(all)-1]
			id := got.ProtoReflect().Descriptor().Fields().ByName("request_id")
			if got.ProtoReflect().Get(id).String() == "" {
				t.Error("the request has no id")
			}
			got.ProtoReflect().Clear(id)
			if diff := cmp.Diff(test.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPurgeOfOldOnes(t *testing.T) {
	b := withLetters(t)
	if code := b.run("dlq", "purge", "--older-than", "72h"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &b.stderr)
	}
	all := b.fake.Requests()
	got := all[len(all)-1].(*schedulerv1.PurgeDeadLettersRequest).GetBeforeTime().AsTime()
	if age := time.Since(got); age < 72*time.Hour || age > 73*time.Hour {
		t.Errorf("asked for those from before %v", got)
	}
}

func TestWrongUseOfDeadLetters(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"an unknown class":  {[]string{"list", "--class", "bad"}, exitUsage, "not one of transient, upstream-rate-limited"},
		"a limit of none":   {[]string{"list", "--limit", "0"}, exitUsage, "must be 1 or more"},
		"replay of nothing": {[]string{"replay"}, exitUsage, "say which"},
		"replay of both":    {[]string{"replay", letterID, "--all"}, exitUsage, "does not go with"},
		"an idea for many":  {[]string{"replay", "--all", "--idea", "dlq_test.go"}, exitUsage, "one dead letter only"},
		"a bad idea":        {[]string{"replay", letterID, "--idea", "dlq_test.go"}, exitError, "dlq_test.go: "},
		"too many":          {[]string{"replay", "--all", "--max", "10001"}, exitUsage, "between 1 and 10000"},
		"purge of nothing":  {[]string{"purge"}, exitUsage, "say which"},
		"purge of both":     {[]string{"purge", "--all", "--class", "poison"}, exitUsage, "does not go with"},
		"purge of tomorrow": {[]string{"purge", "--older-than=-1h"}, exitUsage, "must not be negative"},
		"no such letter":    {[]string{"show", "ffff"}, exitError, "sheetreel dlq list"},
		"not a letter":      {[]string{"show", "my letter"}, exitError, "is not a dead letter"},
		"several":           {[]string{"show", "01935c7a"}, exitError, "give more of the id"},
	} {
		t.Run(name, func(t *testing.T) {
			b := withLetters(t)
			if code := b.run(append([]string{"dlq"}, test.args...)...); code != test.code || !strings.Contains(b.stderr.String(), test.want) {
				t.Errorf("exit code %d, %q; want %d, %q", code, &b.stderr, test.code, test.want)
			}
		})
	}
}
