package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// write makes a file of a test.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCreateTakesFilesAndLinks(t *testing.T) {
	const content = "Title;Script\nTea;Text\n"
	path := write(t, "ideas.csv", content)
	file := func(f *ingestv1.SheetFile) *ingestv1.Source {
		return &ingestv1.Source{Kind: &ingestv1.Source_File{File: f}}
	}
	published := "https://docs.google.com/spreadsheets/d/e/abc/pub?output=csv"
	strict := file(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Data{Data: []byte(content)}, FileName: "ideas.csv", Delimiter: ";", Encoding: "utf-8"})
	strict.Options = &ingestv1.ImportOptions{
		ValidationLevel: ingestv1.ImportOptions_STRICT, HiddenRows: ingestv1.ImportOptions_SKIP, MergedCells: ingestv1.ImportOptions_FILL,
	}
	custom := file(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Data{Data: []byte(content)}, FileName: "ideas.csv"})
	custom.Options = &ingestv1.ImportOptions{
		ValidationLevel: ingestv1.ImportOptions_LENIENT, ColumnFormat: ingestv1.ImportOptions_CUSTOM, HeaderRow: 3, GateColumn: "Approved",
		Columns: []*ingestv1.ImportOptions_CustomColumn{{Column: "B", Field: "script"}, {Column: "Name, first", Field: "title"}},
	}
	for _, c := range []struct {
		name string
		args []string
		want *ingestv1.Source
	}{
		{"own columns", []string{path, "--level", "lenient", "--column", "Name, first=title", "--column", "B=script", "--header-row", "3", "--gate", "Approved"}, custom},
		{"file", []string{path}, file(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Data{Data: []byte(content)}, FileName: "ideas.csv"})},
		{"options", []string{path, "--level", "strict", "--skip-hidden", "--fill-merged", "--delimiter", ";", "--encoding", "utf-8"}, strict},
		{"link", []string{"https://example.com/ideas"}, file(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Uri{Uri: "https://example.com/ideas"}})},
		{"published sheet", []string{published}, file(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Uri{Uri: published}})},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t, schedulerv1.BulkJob_PENDING)
			if code := b.run(append([]string{"batch", "create"}, c.args...)...); code != exitOK {
				t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
			}
			got := b.fake.Requests()[0].(*schedulerv1.CreateBulkJobRequest).GetBulkJob().GetSource()
			if diff := cmp.Diff(c.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALargeFileIsUploaded(t *testing.T) {
	content := "Title,Script\n" + strings.Repeat("Tea,Text\n", 50_000)
	refuse := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.URL.Path != "/v1/projects/default/uploads" {
			http.NotFound(w, r)
			return
		}
		digest := sha256.New()
		_, _ = io.Copy(digest, r.Body)
		if refuse {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			_, _ = io.WriteString(w, `{"error":{"code":413,"message":"the file is too large"}}`)
			return
		}
		_, _ = io.WriteString(w, `{"name":"projects/default/uploads/`+hex.EncodeToString(digest.Sum(nil))+`"}`)
	}))
	defer server.Close()
	b := setup(t, schedulerv1.BulkJob_PENDING)
	b.http = server.URL
	path := write(t, "large.csv", content)
	if code := b.run("batch", "create", path); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	digest := sha256.Sum256([]byte(content))
	got := b.fake.Requests()[0].(*schedulerv1.CreateBulkJobRequest).GetBulkJob().GetSource().GetFile()
	if want := "projects/default/uploads/" + hex.EncodeToString(digest[:]); got.GetUpload() != want || got.GetFileName() != "large.csv" {
		t.Errorf("file is %v, want the upload %s", got, want)
	}
	refuse = true
	if code := b.run("batch", "create", path); code != exitError || !strings.Contains(b.stderr.String(), "upload large.csv: the server answers: the file is too large") {
		t.Errorf("exit code = %d; stderr: %s", code, &b.stderr)
	}
}

func TestCheckWritesAllFindingsAsCSV(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Check = &ingestv1.CheckIdeasResponse{Report: &ingestv1.ImportReport{
		RowCount: 1, FindingCount: 1, ValidRowCount: 1, Findings: []*ingestv1.Finding{{RowNumber: 2, Message: "=1", Severity: ingestv1.Finding_WARNING}},
	}}
	path := filepath.Join(t.TempDir(), "findings.csv")
	if code := b.run("ideas", "check", "abc", "--csv", path); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "row,cell,field,severity,rule,message,suggestion,before,after\n2,,,warning,,'=1,,,\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}
