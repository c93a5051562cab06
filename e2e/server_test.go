package e2e

import (
	"net/http"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const project = "projects/default"

// server is a running Sheetreel.
type server struct {
	http, grpc string // http://HOST:PORT and HOST:PORT
	// processes in the order of their start; the emulator is not among them.
	processes []*process
	// renderer is the process that renders.
	renderer  *process
	scheduler schedulerv1.SchedulerServiceClient
}

// emulate serves a sheet and gives the address of the emulator.
func emulate(t *testing.T, s sheet) string {
	t.Helper()
	address := freeAddress(t)
	p := start(t, "sheetreel", "sheets-emulator", "--listen", address, "--emulated-id", spreadsheet, s.file)
	answers(t, p, "http://"+address+"/v4/spreadsheets/"+spreadsheet+"?fields=spreadsheetId")
	return "http://" + address
}

// up starts everything in one process on a data folder.
func up(t *testing.T, data, sheets string, args ...string) *server {
	t.Helper()
	front, web := freeAddress(t), freeAddress(t)
	p := start(t, "sheetreel", append([]string{
		"up", "--data", data, "--http-listen", web, "--grpc-listen", front,
		"--sheets-endpoint", sheets, "--log-level", "info",
	}, args...)...)
	return connect(t, &server{http: "http://" + web, grpc: front, processes: []*process{p}, renderer: p})
}

// allInOne starts everything in one process, with a sheet.
func allInOne(t *testing.T, s sheet, args ...string) *server {
	t.Helper()
	return up(t, t.TempDir(), emulate(t, s), args...)
}

// apart starts each service as a process of its own, with a sheet.
func apart(t *testing.T, s sheet) *server {
	t.Helper()
	data, sheets := t.TempDir(), emulate(t, s)
	blobs := filepath.Join(data, "blobs")
	scheduler, ingest, ratelimit, render := freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t)
	front, web := freeAddress(t), freeAddress(t)
	s1 := &server{http: "http://" + web, grpc: front}
	// In no special order: each must bear that its peers come later.
	s1.renderer = start(t, "sheetreel-render", "--listen", render, "--scheduler", scheduler,
		"--blob", blobs, "--scratch", filepath.Join(data, "scratch"), "--cache", filepath.Join(data, "cache"))
	s1.processes = []*process{
		s1.renderer,
		start(t, "sheetreel-gateway", "--http-listen", web, "--grpc-listen", front, "--blob", blobs,
			"--scheduler", scheduler, "--ingest", ingest, "--ratelimit", ratelimit, "--render", render),
		start(t, "sheetreel-ingest", "--listen", ingest, "--blob", blobs, "--scheduler", scheduler, "--ratelimit", ratelimit,
			"--sheets-endpoint", sheets),
		start(t, "sheetreel-scheduler", "--listen", scheduler, "--ratelimit", ratelimit,
			"--database", filepath.Join(data, "sheetreel.db")),
		start(t, "sheetreel-ratelimit", "--listen", ratelimit, "--database", filepath.Join(data, "ratelimit.db")),
	}
	return connect(t, s1)
}

// connect waits until the server is ready, and connects to its gRPC side.
func connect(t *testing.T, s *server) *server {
	t.Helper()
	answers(t, s.processes[0], s.http+"/readyz")
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s.scheduler = schedulerv1.NewSchedulerServiceClient(conn)
	return s
}

// answers waits until an address answers 200.
func answers(t *testing.T, p *process, url string) {
	t.Helper()
	ctx := bounded(t)
	eventually(t, url+" answers", func() bool {
		select {
		case <-p.done:
			t.Fatalf("%s ended: %v", p.name, p.err)
		default:
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// stop stops all processes, and each must end in good order.
func (s *server) stop(t *testing.T) {
	t.Helper()
	for _, p := range s.processes {
		p.stop(t)
	}
}

// create creates a bulk job of the sheet, small and fast to render.
func (s *server) create(t *testing.T, user string) *schedulerv1.BulkJob {
	t.Helper()
	return s.createOf(t, createRequest(user))
}

// createSlow creates a bulk job of the sheet with many frames to render.
func (s *server) createSlow(t *testing.T, user string) *schedulerv1.BulkJob {
	t.Helper()
	request := createRequest(user)
	request.BulkJob.RenderOptions = &schedulerv1.RenderOptions{Resolution: 480, FrameRate: 60}
	return s.createOf(t, request)
}

func (s *server) createOf(t *testing.T, request *schedulerv1.CreateBulkJobRequest) *schedulerv1.BulkJob {
	t.Helper()
	job, err := s.scheduler.CreateBulkJob(bounded(t), request)
	if err != nil {
		t.Fatalf("create a bulk job: %v", err)
	}
	return job
}

func createRequest(user string) *schedulerv1.CreateBulkJobRequest {
	return &schedulerv1.CreateBulkJobRequest{Parent: project, BulkJob: &schedulerv1.BulkJob{
		User: user,
		Source: &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{
			GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: spreadsheet},
		}},
		RenderOptions: &schedulerv1.RenderOptions{Resolution: 360, FrameRate: 12},
	}}
}

// get gives a bulk job as it is.
func (s *server) get(t *testing.T, name string) *schedulerv1.BulkJob {
	t.Helper()
	job, err := s.scheduler.GetBulkJob(bounded(t), &schedulerv1.GetBulkJobRequest{Name: name})
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	return job
}

// videos gives the video jobs of a bulk job with their attempts, in the sheet's order.
func (s *server) videos(t *testing.T, bulk string) []*schedulerv1.VideoJob {
	t.Helper()
	list, err := s.scheduler.ListVideoJobs(bounded(t), &schedulerv1.ListVideoJobsRequest{Parent: bulk})
	if err != nil {
		t.Fatalf("list the video jobs of %s: %v", bulk, err)
	}
	videos := list.GetVideoJobs()
	for i, v := range videos {
		videos[i], err = s.scheduler.GetVideoJob(bounded(t), &schedulerv1.GetVideoJobRequest{Name: v.GetName()})
		if err != nil {
			t.Fatalf("get %s: %v", v.GetName(), err)
		}
	}
	return videos
}
