package allinone

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/paper"
)

// files lists what is in the blob store of a data folder under a resource's name.
func files(t *testing.T, data, name string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(filepath.ToSlash(path), name) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestADeletedBulkJobTakesItsFilesAlong(t *testing.T) {
	data := t.TempDir()
	start(t, data, &paper.Provider{}, func(ctx context.Context, c *client.Client, _ client.Links) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		job, _ := finish(t, ctx, c, create(t, ctx, c).GetName())
		all := proto.CloneOf(job.GetSource())
		all.Options = &ingestv1.ImportOptions{RepeatedRows: ingestv1.ImportOptions_ALL}
		kept, err := c.Scheduler.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{
			Parent: client.Project("default"), RequestId: "another", BulkJob: &schedulerv1.BulkJob{Source: all},
		})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, ctx, c, kept.GetName())
		before := len(files(t, data, kept.GetName()))
		if len(files(t, data, job.GetName())) != before || before == 0 {
			t.Fatalf("%d and %d files, want as many, and some", len(files(t, data, job.GetName())), before)
		}
		if _, err := c.Scheduler.DeleteBulkJob(ctx, &schedulerv1.DeleteBulkJobRequest{Name: job.GetName()}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Scheduler.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: job.GetName()}); status.Code(err) != codes.NotFound {
			t.Errorf("the deleted bulk job: %v, want NOT_FOUND", err)
		}
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		for len(files(t, data, job.GetName())) > 0 {
			select {
			case <-look.C:
			case <-ctx.Done():
				t.Fatalf("its files are still there: %v", files(t, data, job.GetName()))
			}
		}
		if n := len(files(t, data, kept.GetName())); n != before {
			t.Errorf("the other bulk job has %d files, had %d", n, before)
		}
	})
}
