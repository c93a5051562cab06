package check

import (
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
)

const lease = 3 * time.Second

// at is a time of the test's clock, in milliseconds.
func at(ms int64) int64 { return ms * int64(time.Millisecond) }

// call is a call about job j by hand.
func call(kind history.Kind, token string, from, to int64, result history.Result) history.Operation {
	o := history.Operation{Process: "w", Kind: kind, Call: at(from), Return: at(to), Result: result}
	if result == history.Unknown {
		o.Return = history.Never
	}
	switch kind {
	case history.Claim:
		o.Leases = []history.Lease{{Job: "j", Token: token, Attempt: 1}}
	case history.Renew:
		o.Leases = []history.Lease{{Job: "j", Token: token, Result: result}}
		o.Result = history.OK
	default:
		o.Subject = history.Subject{Job: "j", Lease: token}
	}
	return o
}

func TestHistoriesOfAJob(t *testing.T) {
	ok, refused, unknown := history.OK, history.Refused, history.Unknown
	claim, renew, complete, fail, release := history.Claim, history.Renew, history.Complete, history.Fail, history.Release
	type calls = []history.Operation
	tests := []struct {
		name           string
		calls          calls
		twice, illegal int
	}{
		{"claimed and completed", calls{call(claim, "a", 0, 10, ok), call(complete, "a", 20, 30, ok)}, 0, 0},
		{"the answer was lost, and said again", calls{
			call(claim, "a", 0, 10, ok), call(complete, "a", 20, 30, unknown), call(complete, "a", 40, 50, ok), call(complete, "a", 60, 70, ok),
		}, 0, 0},
		{"a zombie that was refused", calls{
			call(claim, "a", 0, 10, ok), call(claim, "b", 3500, 3510, ok), call(complete, "b", 3520, 3530, ok), call(complete, "a", 4000, 4010, refused),
		}, 0, 0},
		{"a zombie that completed again", calls{
			call(claim, "a", 0, 10, ok), call(claim, "b", 3500, 3510, ok), call(complete, "b", 3520, 3530, ok), call(complete, "a", 4000, 4010, ok),
		}, 1, 1},
		{"a zombie that completed instead", calls{
			call(claim, "a", 0, 10, ok), call(claim, "b", 3500, 3510, ok), call(complete, "a", 3520, 3530, ok),
		}, 0, 1},
		{"a zombie whose completion has no answer did harm", calls{
			call(claim, "a", 0, 10, ok), call(claim, "b", 3500, 3510, ok), call(complete, "a", 3520, 0, unknown), call(complete, "b", 3530, 3540, refused),
		}, 0, 1},
		{"late, but nobody else has it", calls{call(claim, "a", 0, 10, ok), call(complete, "a", 9000, 9010, ok)}, 0, 0},
		{"failed, tried again", calls{
			call(claim, "a", 0, 10, ok), call(fail, "a", 20, 30, ok), call(claim, "b", 40, 50, ok), call(complete, "b", 60, 70, ok),
		}, 0, 0},
		{"handed back without an answer, taken by another", calls{
			call(claim, "a", 0, 10, ok), call(release, "a", 20, 0, unknown), call(claim, "b", 40, 50, ok), call(complete, "b", 60, 70, ok),
		}, 0, 0},
		{"handed back, then completed", calls{
			call(claim, "a", 0, 10, ok), call(release, "a", 20, 30, ok), call(complete, "a", 40, 50, ok),
		}, 0, 1},
		{"taken away before its time", calls{call(claim, "a", 0, 10, ok), call(claim, "b", 2000, 2010, ok)}, 0, 1},
		{"taken away although it was renewed", calls{
			call(claim, "a", 0, 10, ok), call(renew, "a", 2000, 2010, ok), call(claim, "b", 4000, 4010, ok),
		}, 0, 1},
		{"renewed, and over in the end", calls{
			call(claim, "a", 0, 10, ok), call(renew, "a", 2000, 2010, ok), call(claim, "b", 5100, 5110, ok), call(renew, "a", 5200, 5210, refused),
		}, 0, 0},
		{"refused although it is in force", calls{call(claim, "a", 0, 10, ok), call(complete, "a", 20, 30, refused)}, 0, 1},
		{"claimed after the end", calls{
			call(claim, "a", 0, 10, ok), call(complete, "a", 20, 30, ok), call(claim, "b", 9000, 9010, ok),
		}, 0, 1},
		{"completed, then failed", calls{
			call(claim, "a", 0, 10, ok), call(complete, "a", 20, 30, ok), call(fail, "a", 40, 50, ok),
		}, 0, 1},
		{"a heartbeat beside its completion", calls{
			call(claim, "a", 0, 10, ok), call(renew, "a", 20, 40, refused), call(complete, "a", 20, 30, ok),
		}, 0, 0},
		{"a lease out of nothing", calls{call(complete, "a", 20, 30, ok)}, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f Findings
			c := ReadCallers(tt.calls, lease, &f)
			c.Check(&f)
			if f.Count(Twice) != tt.twice || f.Count(Illegal) != tt.illegal || f.Total() != tt.twice+tt.illegal || c.Undecided != 0 {
				t.Errorf("findings %v, %d undecided; want %d twice, %d illegal", f.Shown(), c.Undecided, tt.twice, tt.illegal)
			}
		})
	}
}

func TestReadCallers(t *testing.T) {
	var f Findings
	c := ReadCallers([]history.Operation{
		{Kind: history.Create, Subject: history.Subject{Request: "r", Batch: "b"}, Result: history.OK},
		{Kind: history.Create, Subject: history.Subject{Request: "r", Batch: "b"}, Result: history.OK},
		{Kind: history.Append, Subject: history.Subject{Batch: "b", First: 2, Last: 3}, Result: history.OK},
		{Kind: history.Append, Subject: history.Subject{Batch: "b", First: 4, Last: 9}, Result: history.Unknown, Return: history.Never},
		call(history.Claim, "a", 0, 1, history.OK),
		call(history.Complete, "a", 2, 0, history.Unknown),
		call(history.Renew, "a", 9000, 9001, history.Refused),
		call(history.Release, "a", 9002, 9003, history.Refused),
	}, lease, &f)
	if rows := c.Rows["b"]; len(rows) != 3 || rows[0] != 0 || rows[1] != 1 || rows[2] != 1 {
		t.Errorf("acknowledged rows %v; want the second and the third", rows)
	}
	if c.Batches["r"] != "b" || len(c.Maybe["j"]) != 1 || len(c.Completed) != 0 {
		t.Errorf("batches %v, maybe %v, completed %v", c.Batches, c.Maybe, c.Completed)
	}
	if c.Operations != 4 || c.Stale != 1 || c.Unanswered != 2 || f.Total() != 0 {
		t.Errorf("%d operations, %d stale, %d without answer, findings %v", c.Operations, c.Stale, c.Unanswered, f.Shown())
	}
}

func TestAnswersThatNobodyShouldGet(t *testing.T) {
	var f Findings
	ReadCallers([]history.Operation{
		{Kind: history.Create, Subject: history.Subject{Request: "r", Batch: "b"}, Result: history.OK},
		{Kind: history.Create, Subject: history.Subject{Request: "r", Batch: "c"}, Result: history.OK},
		{Kind: history.Complete, Subject: history.Subject{Job: "j", Lease: "a"}, Result: history.Rejected, Error: "no such thing"},
	}, lease, &f)
	if f.Count(Request) != 1 || f.Count(Answer) != 1 || f.Total() != 2 {
		t.Errorf("findings %v; want a request id with two effects and a wrong answer", f.Shown())
	}
}
