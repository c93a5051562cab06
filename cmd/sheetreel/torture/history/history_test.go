package history

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	folder := t.TempDir()
	l, err := Open(filepath.Join(folder, "worker-1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	clock := int64(0)
	l.now = func() int64 { clock += 10; return clock }
	claim := l.Begin(Claim, Subject{})
	complete := l.Begin(Complete, Subject{Job: "a", Lease: "x"})
	claim.End(End{Result: OK, Leases: []Lease{{Job: "b", Token: "y", Attempt: 2}}})
	complete.End(End{Result: Unknown, Error: "no answer"})
	create := l.Begin(Create, Subject{Request: "r"})
	create.End(End{Result: OK, Batch: "bulk"})
	l.Begin(Append, Subject{Batch: "bulk", First: 1, Last: 9})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// Killed while writing.
	if err := appendTo(filepath.Join(folder, "worker-1.jsonl"), `{"n":4,"at":99,"resu`); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	want := []Operation{
		{Process: "worker-1", Kind: Claim, Call: 10, Return: 30, Result: OK, Leases: []Lease{{Job: "b", Token: "y", Attempt: 2}}},
		{Process: "worker-1", Kind: Complete, Subject: Subject{Job: "a", Lease: "x"}, Call: 20, Return: Never, Result: Unknown, Error: "no answer"},
		{Process: "worker-1", Kind: Create, Subject: Subject{Request: "r", Batch: "bulk"}, Call: 50, Return: 60, Result: OK},
		{Process: "worker-1", Kind: Append, Subject: Subject{Batch: "bulk", First: 1, Last: 9}, Call: 70, Return: Never, Result: Unknown},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

func TestAFileIsWrittenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Open(path); err == nil {
		t.Error("a second process took the same file")
	}
}

func TestAFailedWriteIsKept(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "a"))
	if err != nil {
		t.Fatal(err)
	}
	l.file.Close()
	l.Begin(Claim, Subject{})
	if l.Err() == nil || l.Close() == nil {
		t.Error("the error of a write is gone")
	}
}

func TestNowGoesForward(t *testing.T) {
	if a, b := Now(), Now(); a <= 0 || b < a {
		t.Errorf("%d, then %d", a, b)
	}
}

func TestReadRefusesNonsense(t *testing.T) {
	for name, text := range map[string]string{
		"not a line":         "hello\n",
		"an end of nothing":  `{"n":1,"at":1,"result":"ok"}` + "\n",
		"two beginnings":     `{"n":1,"at":1,"kind":"claim"}` + "\n" + `{"n":1,"at":2,"kind":"claim"}` + "\n",
		"an end too early":   `{"n":1,"at":5,"kind":"claim"}` + "\n" + `{"n":1,"at":4,"result":"ok"}` + "\n",
		"two ends of a call": `{"n":1,"at":5,"kind":"claim"}` + "\n" + strings.Repeat(`{"n":1,"at":6,"result":"ok"}`+"\n", 2),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Read("p", strings.NewReader(text)); err == nil {
				t.Errorf("read as %v", got)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"n":1,"at":5,"kind":"claim"}` + "\n" + `{"n":1,"at":6,"result":"ok","leases":[{"job":"a","token":"b"}]}` + "\n"))
	f.Add([]byte(`{"n":1,"at":5,"kind":"complete","job":"a","lease":"b"}` + "\n" + `{"n":`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, err := Read("p", bytes.NewReader(raw))
		if err != nil {
			return
		}
		for _, o := range all {
			if o.Kind == "" || o.Return < o.Call {
				t.Errorf("operation %+v", o)
			}
		}
	})
}
