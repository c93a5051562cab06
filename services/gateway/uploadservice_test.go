package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

// uploads connects to the gRPC side of a gateway that takes 1 MiB.
func uploads(t *testing.T) (*bench, ingestv1.UploadServiceClient) {
	t.Helper()
	b := setupWith(t, Config{PageProject: "demo", MaxUpload: 1 << 20})
	return b, ingestv1.NewUploadServiceClient(serve(t, b.service.Register))
}

// send sends messages and gives the answer. A stream that the server has ended says why at the end.
func send[M any](t *testing.T, open func(context.Context, ...grpc.CallOption) (grpc.ClientStreamingClient[M, ingestv1.Upload], error), messages ...*M) (*ingestv1.Upload, error) {
	t.Helper()
	stream, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if stream.Send(m) != nil {
			break
		}
	}
	return stream.CloseAndRecv()
}

func TestAFileComesInChunks(t *testing.T) {
	b, client := uploads(t)
	const content = "Title,Script\nTea,Text\n"
	digest := sha256.Sum256([]byte(content))
	sum := hex.EncodeToString(digest[:])
	got, err := send(t, client.UploadFile,
		&ingestv1.UploadFileRequest{Parent: "projects/demo", FileName: "plan.csv"},
		&ingestv1.UploadFileRequest{Chunk: []byte(content[:7])}, &ingestv1.UploadFileRequest{Chunk: []byte(content[7:])})
	if err != nil {
		t.Fatal(err)
	}
	if got.GetName() != "projects/demo/uploads/"+sum || got.GetSha256() != sum || got.GetSizeBytes() != 22 || got.GetFileName() != "plan.csv" {
		t.Errorf("upload is %v, want one of 22 bytes named by the digest %s", got, sum)
	}
	answer := decoded[struct{ Name, FileName string }](t, b.do("POST", uploadPath+"?file_name=plan.csv", content))
	if answer.Name != got.GetName() || answer.FileName != "plan.csv" {
		t.Errorf("over HTTP the same file is %+v, want the same upload", answer)
	}
	if stored, err := b.service.blob.ReadAll(t.Context(), "uploads/demo/"+sum); err != nil || string(stored) != content {
		t.Errorf("stored is %q, %v", stored, err)
	}
}

func TestIdeasBecomeAFileOfLines(t *testing.T) {
	b, client := uploads(t)
	got, err := send(t, client.StreamIdeas,
		&ingestv1.StreamIdeasRequest{Parent: "projects/demo", Ideas: []*ingestv1.Idea{{RowKey: "a", Title: "Tea", Duration: durationpb.New(12 * time.Second)}}},
		&ingestv1.StreamIdeasRequest{Ideas: []*ingestv1.Idea{{Title: "Line\nbreak", Tags: []string{"x"}, Variables: map[string]string{"Mood": "dark"}}}})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := b.service.blob.ReadAll(t.Context(), "uploads/demo/"+got.GetSha256())
	want := `{"rowKey":"a","title":"Tea","duration":"12s"}` + "\n" + `{"title":"Line\nbreak","tags":["x"],"variables":{"Mood":"dark"}}` + "\n"
	if err != nil || string(stored) != want {
		t.Errorf("stored is %s, %v; want %s", stored, err, want)
	}
}

func TestStreamsThatAreRefusedLeaveNothing(t *testing.T) {
	b, client := uploads(t)
	part := make([]byte, 300<<10)
	for _, c := range []struct {
		name, text string
		messages   []*ingestv1.UploadFileRequest
	}{
		{"nothing", "is required in the first message", nil},
		{"no project", "must be the name of a project", []*ingestv1.UploadFileRequest{{Chunk: []byte("x")}}},
		{"bad project", "must be the name of a project", []*ingestv1.UploadFileRequest{{Parent: "projects/demo/uploads/x"}}},
		{"empty", "is empty", []*ingestv1.UploadFileRequest{{Parent: "projects/demo"}}},
		{"too large", "more than 1 MiB", []*ingestv1.UploadFileRequest{{Parent: "projects/demo", Chunk: part}, {Chunk: part}, {Chunk: part}, {Chunk: part}, {Chunk: part}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := send(t, client.UploadFile, c.messages...)
			if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error is %v, want one with %q", err, c.text)
			}
		})
	}
	if keys := b.stored(); keys != nil {
		t.Errorf("the store has %v, want nothing", keys)
	}
}

func TestAnUploadThatStallsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		next := received(ctx, func() (*ingestv1.UploadFileRequest, error) { <-ctx.Done(); return nil, ctx.Err() },
			func(m *ingestv1.UploadFileRequest) ([]byte, error) { return m.GetChunk(), nil })
		start := time.Now()
		if _, _, err := next(); status.Code(err) != codes.DeadlineExceeded || time.Since(start) != bodyReadTimeout {
			t.Errorf("after %v: %v, want DEADLINE_EXCEEDED after %v", time.Since(start), err, bodyReadTimeout)
		}
	})
}

func TestACheckTakesAFileOfThreeMebibytes(t *testing.T) {
	b := setup(t)
	for size, want := range map[int]int{4 << 20: 501, 5 << 20: 413} { // the backend here has no such method
		body := `{"source":{"file":{"data":"` + strings.Repeat("A", size) + `"}}}`
		if answer := b.do("POST", "/v1/projects/demo/ideas:check", body); answer.StatusCode != want {
			t.Errorf("a body of %d bytes: %s, want %d", len(body), answer.Status, want)
		}
		if answer := b.do("POST", "/v1/projects/demo/bulkJobs", body); answer.StatusCode != 413 {
			t.Errorf("a bulk job of %d bytes: %s, want 413", len(body), answer.Status)
		}
	}
}
