package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// public are our services that a foreign client finds by reflection. The internal ones are not among them.
var public = []string{
	"sheetreel.ingest.v1.IngestService", "sheetreel.ingest.v1.UploadService",
	"sheetreel.ratelimit.v1.RateLimitService",
	"sheetreel.render.v1.RenderService",
	"sheetreel.scheduler.v1.ConnectedSheetService", "sheetreel.scheduler.v1.CostService", "sheetreel.scheduler.v1.SchedulerService", "sheetreel.scheduler.v1.WebhookService",
}

const schedulerService = "sheetreel.scheduler.v1.SchedulerService"

// TestForeignClients lets clients that know nothing of our protos make videos.
func TestForeignClients(t *testing.T) {
	s := allInOne(t, newSheet(t, short("a", "the first video"), short("b", "the second video")))
	t.Run("grpcurl", func(t *testing.T) { grpcurlMakesVideos(t, s) })
	t.Run("node", func(t *testing.T) { nodeMakesVideos(t, s) })
}

func grpcurlMakesVideos(t *testing.T, s *server) {
	found := strings.Fields(mustRun(t, "grpcurl", "-plaintext", s.grpc, "list"))
	checkServices(t, found)
	described := mustRun(t, "grpcurl", "-plaintext", s.grpc, "describe", schedulerService+".CreateBulkJob")
	if !strings.Contains(described, "rpc CreateBulkJob ( .sheetreel.scheduler.v1.CreateBulkJobRequest )") {
		t.Errorf("describes CreateBulkJob as:\n%s", described)
	}

	request, err := protojson.Marshal(createRequest("grpcurl"))
	if err != nil {
		t.Fatal(err)
	}
	created := &schedulerv1.BulkJob{}
	unmarshal(t, []byte(mustRun(t, "grpcurl", "-plaintext", "-d", string(request), s.grpc, schedulerService+"/CreateBulkJob")), created)

	output := mustRun(t, "grpcurl", "-plaintext", "-d", `{"name":"`+created.GetName()+`"}`, s.grpc, schedulerService+"/WatchBulkJob")
	var told history
	decoder := json.NewDecoder(strings.NewReader(output))
	for {
		var message json.RawMessage
		err := decoder.Decode(&message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("watch: %v\n%s", err, output)
		}
		told = append(told, decode(t, message).GetEvents()...)
	}
	checkTold(t, told)
}

func nodeMakesVideos(t *testing.T, s *server) {
	installNode(t)
	output := mustRun(t, "node", filepath.Join("node", "client.js"), s.grpc, spreadsheet)
	var told history
	lines := bufio.NewScanner(strings.NewReader(output))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Services []string `json:"services"`
			Events   []struct {
				Sequence      int64  `json:"sequence"`
				Type          string `json:"type"`
				VideoJob      string `json:"video_job"`
				VideoJobState string `json:"video_job_state"`
			} `json:"events"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("line %s: %v", lines.Bytes(), err)
		}
		if line.Services != nil {
			checkServices(t, line.Services)
		}
		for _, e := range line.Events {
			told = append(told, &schedulerv1.JobEvent{
				Sequence: e.Sequence, VideoJob: e.VideoJob,
				Type:          schedulerv1.JobEvent_Type(schedulerv1.JobEvent_Type_value[e.Type]),
				VideoJobState: schedulerv1.VideoJob_State(schedulerv1.VideoJob_State_value[e.VideoJobState]),
			})
		}
	}
	checkTold(t, told)
}

// installNode installs what the Node client needs, unless the last installation is newer than the lock file.
func installNode(t *testing.T) {
	t.Helper()
	lock, err := os.Stat(filepath.Join("node", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	// npm writes this file last.
	installed, err := os.Stat(filepath.Join("node", "node_modules", ".package-lock.json"))
	if err != nil || installed.ModTime().Before(lock.ModTime()) {
		mustRun(t, "npm", "--prefix", "node", "ci")
	}
}

// checkServices checks that exactly our public services are found, beside those that every gRPC server has.
func checkServices(t *testing.T, found []string) {
	t.Helper()
	ours := slices.DeleteFunc(slices.Clone(found), func(name string) bool { return strings.HasPrefix(name, "grpc.") })
	if slices.Sort(ours); !slices.Equal(ours, public) {
		t.Errorf("services are %v; want %v", ours, public)
	}
}

// checkTold checks what a client was told of a bulk job of two videos.
func checkTold(t *testing.T, told history) {
	t.Helper()
	told.mustBeWhole(t)
	if n := len(told.entered(schedulerv1.VideoJob_COMPLETED)); n != 2 {
		t.Errorf("%d videos came to COMPLETED; want 2", n)
	}
}

func unmarshal(t *testing.T, text []byte, into proto.Message) {
	t.Helper()
	if err := protojson.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
