package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// call sends a request to the HTTP side and gives the answer with its whole body.
func (s *server) call(t *testing.T, method, path string, header http.Header, body string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(bounded(t), method, s.http+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer, content
}

// checkDownloads downloads every file of every video, whole and in two parts.
func checkDownloads(t *testing.T, s *server, videos []*schedulerv1.VideoJob) {
	for _, v := range videos {
		folder := t.TempDir()
		var found []string
		for _, a := range v.GetArtifacts() {
			found = append(found, a.GetFileName())
			content := s.download(t, v, a)
			if err := os.WriteFile(filepath.Join(folder, a.GetFileName()), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if slices.Sort(found); !slices.Equal(found, fileNames) {
			t.Fatalf("%s has the files %v; want %v", v.GetName(), found, fileNames)
		}
		manifest := checkVideo(t, folder)
		if manifest.GetVideoJob() != v.GetName() {
			t.Errorf("the manifest is of %s; want %s", manifest.GetVideoJob(), v.GetName())
		}
		checkRanges(t, s, v)
	}
}

func artifactPath(v *schedulerv1.VideoJob, file string) string {
	return "/v1/" + v.GetName() + "/artifacts/" + file
}

// download gives a file's content, which must be what the scheduler says of it.
func (s *server) download(t *testing.T, v *schedulerv1.VideoJob, a *schedulerv1.Artifact) []byte {
	t.Helper()
	answer, content := s.call(t, http.MethodGet, artifactPath(v, a.GetFileName()), nil, "")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("download of %s: %s\n%s", a.GetFileName(), answer.Status, content)
	}
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); got != a.GetSha256() || int64(len(content)) != a.GetSizeBytes() {
		t.Errorf("%s has %d bytes with digest %s; want %d with %s", a.GetFileName(), len(content), got, a.GetSizeBytes(), a.GetSha256())
	}
	return content
}

func checkRanges(t *testing.T, s *server, v *schedulerv1.VideoJob) {
	t.Helper()
	path := artifactPath(v, "video.mp4")
	_, whole := s.call(t, http.MethodGet, path, nil, "")
	middle := len(whole) / 2
	head, first := s.call(t, http.MethodGet, path, http.Header{"Range": {fmt.Sprintf("bytes=0-%d", middle-1)}}, "")
	_, second := s.call(t, http.MethodGet, path, http.Header{"Range": {fmt.Sprintf("bytes=%d-", middle)}}, "")
	if head.StatusCode != http.StatusPartialContent {
		t.Errorf("a range answers %s; want 206", head.Status)
	}
	if got, want := head.Header.Get("Content-Range"), fmt.Sprintf("bytes 0-%d/%d", middle-1, len(whole)); got != want {
		t.Errorf("Content-Range is %q; want %q", got, want)
	}
	if !bytes.Equal(slices.Concat(first, second), whole) {
		t.Error("the two halves are not the whole")
	}
	beyond, _ := s.call(t, http.MethodGet, path, http.Header{"Range": {fmt.Sprintf("bytes=%d-", len(whole))}}, "")
	if beyond.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range after the end answers %s; want 416", beyond.Status)
	}
}

// checkJSON asks the JSON facade for what gRPC has said.
func checkJSON(t *testing.T, s *server, job *schedulerv1.BulkJob) {
	cases := []struct {
		name, method, path, body string
		status                   int
		want                     map[string]any // paths into the answer, by dots
	}{
		{"bulk job", http.MethodGet, "/v1/" + job.GetName(), "", http.StatusOK, map[string]any{
			"name": job.GetName(), "state": "COMPLETED", "progress.completedCount": 2.0, "importReport.invalidRowCount": 1.0,
		}},
		{"video jobs", http.MethodGet, "/v1/" + job.GetName() + "/videoJobs", "", http.StatusOK, map[string]any{
			"videoJobs.0.state": "COMPLETED", "videoJobs.0.idea.rowKey": "a", "videoJobs.1.idea.title": "the second video",
		}},
		{"check", http.MethodPost, "/v1/" + project + "/ideas:check", `{"source":{"googleSheet":{"spreadsheet":"demo"}}}`, http.StatusOK, map[string]any{
			"report.validRowCount": 2.0, "report.findings.0.cell": "B4", "ideas.0.aspectRatio": "9:16",
		}},
		{"findings", http.MethodGet, "/v1/" + job.GetName() + "/importFindings", "", http.StatusOK, map[string]any{
			"importFindings.0.cell": "B4", "totalSize": 1.0, "findingCount": 1.0,
		}},
		{"limits", http.MethodGet, "/v1/limits", "", http.StatusOK, map[string]any{"revision": "limitRevisions/1"}},
		{"a limit", http.MethodGet, "/v1/limits/dispatch-per-user", "", http.StatusOK, map[string]any{"algorithm": "SLIDING_LOG", "capacity": 60.0, "period": "60s"}},
		{"make a limit", http.MethodPost, "/v1/limits?limitId=mine", `{"match":{"action":"mine"},"keys":["user"],"algorithm":"TOKEN_BUCKET","capacity":5,"period":"10s"}`, http.StatusOK, map[string]any{
			"name": "limits/mine", "origin": "API",
		}},
		{"change the limit", http.MethodPatch, "/v1/limits/mine", `{"capacity":7,"upstream":{"capacity":100,"period":"10s"}}`, http.StatusOK, map[string]any{
			"capacity": 7.0, "period": "10s", "keys.0": "user", "upstream.capacity": 100.0,
		}},
		{"an override", http.MethodPost, "/v1/limits/mine/overrides?overrideId=ada", `{"values":{"user":"ada"},"capacity":9}`, http.StatusOK, map[string]any{"state": "ACTIVE"}},
		{"explain a call", http.MethodPost, "/v1/quota:explain", `{"descriptors":{"action":"mine","user":"ada"},"cost":8}`, http.StatusOK, map[string]any{"verdict": "PROCEED"}},
		{"usage", http.MethodGet, "/v1/usage?project=demo", "", http.StatusOK, nil},
		{"revisions of limits", http.MethodGet, "/v1/limitRevisions?pageSize=1", "", http.StatusOK, map[string]any{
			"limitRevisions.0.changes.0.target": "limits/mine/overrides/ada",
		}},
		{"roll the limits back", http.MethodPost, "/v1/limits:rollback", `{"revision":"limitRevisions/1"}`, http.StatusOK, map[string]any{"revision.description": "rolled back to revision 1"}},
		{"the limit is gone", http.MethodGet, "/v1/limits/mine", "", http.StatusNotFound, map[string]any{"error.status": "NOT_FOUND"}},
		{"cost of the bulk job", http.MethodGet, "/v1/" + job.GetName() + "/costItems", "", http.StatusOK, nil},
		{"costs", http.MethodGet, "/v1/" + project + ":summarizeCosts", "", http.StatusOK, map[string]any{
			"total.micros": "0", "total.currencyCode": "USD",
		}},
		{"prices", http.MethodGet, "/v1/" + project + "/providerRates", "", http.StatusOK, map[string]any{"providerRates.0.provider": "studio"}},
		{"set the budget", http.MethodPatch, "/v1/" + project + "/budget", `{"limit":{"micros":"5000000"}}`, http.StatusOK, map[string]any{
			"limit.micros": "5000000", "spent.micros": "0",
		}},
		{"budget", http.MethodGet, "/v1/" + project + "/budget", "", http.StatusOK, map[string]any{"limit.micros": "5000000"}},
		{"plan of a video", http.MethodPost, "/v1/" + project + "/videos:plan", `{"idea":{"title":"Tea","script":"Hot water."}}`, http.StatusOK, map[string]any{
			"storyboard.scenes.0.id": "s1", "chunks.0.firstFrame": 0.0, "scenes.0.headlineLines.0": "Tea",
		}},
		{"preview of a storyboard", http.MethodPost, "/v1/" + project + "/ideas:preview", `{"idea":{"storyboard":{"scenes":[{"headline":"Tea"}]}},"resolution":144}`, http.StatusOK, map[string]any{
			"frames.0.sceneId": "s1", "frames.0.contentType": "image/jpeg", "plan.storyboard.scenes.0.duration": "2s",
		}},
		{"a storyboard with a field that there is not", http.MethodPost, "/v1/" + project + "/ideas:preview", `{"idea":{"storyboard":{"scenes":[{"headlin":"Tea"}]}}}`, http.StatusBadRequest, map[string]any{
			"error.status": "INVALID_ARGUMENT",
		}},
		{"a file that no player takes", http.MethodPost, "/v1/" + project + "/bulkJobs", `{"source":{"googleSheet":{"spreadsheet":"demo"}},"renderOptions":{"output":{"container":"WEBM","videoCodec":"H264"}}}`, http.StatusBadRequest, map[string]any{
			"error.details.1.fieldViolations.0.field": "bulk_job.render_options.output",
		}},
		{"openapi", http.MethodGet, "/openapi.json", "", http.StatusOK, map[string]any{"info.title": "Sheetreel API"}},
		{"no such bulk job", http.MethodGet, "/v1/" + project + "/bulkJobs/00000000-0000-7000-8000-000000000000", "", http.StatusNotFound, map[string]any{
			"error.status": "NOT_FOUND", "error.code": 404.0,
		}},
		{"unknown field", http.MethodPost, "/v1/" + project + "/bulkJobs", `{"sauce":{}}`, http.StatusBadRequest, map[string]any{
			"error.status": "INVALID_ARGUMENT",
		}},
		{"no source", http.MethodPost, "/v1/" + project + "/bulkJobs", `{"displayName":"x"}`, http.StatusBadRequest, map[string]any{
			"error.status": "INVALID_ARGUMENT",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer, content := s.call(t, c.method, c.path, http.Header{"Content-Type": {"application/json"}}, c.body)
			if answer.StatusCode != c.status {
				t.Errorf("answers %s; want %d", answer.Status, c.status)
			}
			var body any
			if err := json.Unmarshal(content, &body); err != nil {
				t.Fatalf("not JSON: %v\n%s", err, content)
			}
			for path, want := range c.want {
				if got := at(body, path); got != want {
					t.Errorf("%s is %v; want %v\n%s", path, got, want, content)
				}
			}
		})
	}
}

// at follows a path such as "videoJobs.0.state" into JSON; nil when there is nothing.
func at(value any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			var i int
			if _, err := fmt.Sscan(key, &i); err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// checkFinding checks that an error was found in a cell.
func checkFinding(t *testing.T, report *ingestv1.ImportReport, row int32, cell, field string) {
	t.Helper()
	for _, f := range report.GetFindings() {
		if f.GetSeverity() == ingestv1.Finding_ERROR && f.GetRowNumber() == row && f.GetCell() == cell && f.GetField() == field && f.GetMessage() != "" {
			return
		}
	}
	t.Errorf("no error of %s in row %d, cell %s; findings are %v", field, row, cell, report.GetFindings())
}
