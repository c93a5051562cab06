package artifact

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

func TestArtifacts(t *testing.T) {
	root := t.TempDir()
	if err := Prepare(root); err != nil {
		t.Fatal(err)
	}
	want := Content{Job: "j", Lease: "l", Attempt: 2, Worker: "w"}
	a, err := Write(root, want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read(root, a); err != nil || got != want {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
	if _, err := Write(root, want); err == nil {
		t.Error("a file was overwritten")
	}
	other, err := Write(root, Content{Job: "j", Lease: "m", Attempt: 3})
	if err != nil || other.GetBlobKey() == a.GetBlobKey() {
		t.Errorf("another lease writes to %v, %v", other, err)
	}
	if err := os.WriteFile(filepath.Join(root, a.GetBlobKey()), []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]*schedulerv1.Artifact{
		"not what was published": a,
		"no such file":           {BlobKey: "00/missing.json"},
		"outside":                {BlobKey: "../" + a.GetBlobKey()},
	} {
		if _, err := Read(root, bad); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
