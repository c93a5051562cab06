package ingest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	"google.golang.org/grpc"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
)

// knowing is a scheduler that knows one report.
type knowing struct {
	schedulerv1.SchedulerServiceClient
	report *ingestv1.ImportReport
}

func (k *knowing) GetBulkJob(context.Context, *schedulerv1.GetBulkJobRequest, ...grpc.CallOption) (*schedulerv1.BulkJob, error) {
	return &schedulerv1.BulkJob{ImportReport: k.report}, nil
}

// imported runs an ingest service until it has imported an upload, and gives jobs the report.
func imported(t *testing.T, uploads *blob.Bucket, jobs *knowing, upload string) ingestv1.IngestServiceClient {
	t.Helper()
	if err := uploads.WriteAll(t.Context(), "uploads/demo/ideas", []byte(upload), nil); err != nil {
		t.Fatal(err)
	}
	scheduler := newFakeScheduler()
	service, err := New(Config{ImportWorkers: 1}, Deps{Imports: inProcess{scheduler}, Quota: &granting{}, Jobs: jobs, Uploads: uploads, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	scheduler.waiting <- &fakeJob{job: &schedulerv1.BulkJob{
		Name: bulkJob, Source: sheetFile(&ingestv1.SheetFile{Content: &ingestv1.SheetFile_Upload{Upload: "projects/demo/uploads/ideas"}}),
	}}
	job := <-scheduler.ended
	if jobs.report = job.completed.GetReport(); jobs.report == nil {
		t.Fatalf("the import failed: %v", job.failed.GetError())
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return ingestv1.NewIngestServiceClient(serve(t, func(r grpc.ServiceRegistrar) { service.Register(r) }))
}

const bulkJob = "projects/demo/bulkJobs/01920000-0000-7000-8000-000000000001"

// untitled is a sheet of which all rows but the first have an error.
func untitled(count int) string {
	var text strings.Builder
	text.WriteString("Title,Script\nOne,Text\n")
	for i := range count {
		fmt.Fprintf(&text, ",Text %d\n", i)
	}
	return text.String()
}

func TestAllFindingsOfAnImportAreListed(t *testing.T) {
	for _, c := range []struct {
		findings, listed, size, pages int
		file                          bool
	}{
		{0, 0, 0, 1, false},
		{1000, 1000, 300, 4, false},
		{2500, 2500, 700, 4, true},
	} {
		t.Run(fmt.Sprint(c.findings), func(t *testing.T) {
			uploads := memblob.OpenBucket(nil)
			defer uploads.Close()
			jobs := &knowing{}
			ideas := imported(t, uploads, jobs, untitled(c.findings))
			if got := jobs.report; int(got.GetFindingCount()) != c.findings || int(got.GetListedFindingCount()) != c.listed || (got.GetFindingsBlobKey() != "") != c.file {
				t.Errorf("report counts %d findings, lists %d, in file %q", got.GetFindingCount(), got.GetListedFindingCount(), got.GetFindingsBlobKey())
			}
			req := &ingestv1.ListImportFindingsRequest{Parent: bulkJob, PageSize: int32(c.size)}
			row, pages := 2, 0
			for {
				page, err := ideas.ListImportFindings(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				pages++
				if int(page.GetTotalSize()) != c.listed || int(page.GetFindingCount()) != c.findings {
					t.Fatalf("page counts %d of %d", page.GetTotalSize(), page.GetFindingCount())
				}
				for _, f := range page.GetImportFindings() {
					if row++; f.GetCell() != fmt.Sprint("A", row) {
						t.Fatalf("finding %d is in %s", row-3, f.GetCell())
					}
				}
				if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
					break
				}
			}
			if row-2 != c.listed || pages != c.pages {
				t.Errorf("%d findings on %d pages, want %d on %d", row-2, pages, c.listed, c.pages)
			}
		})
	}
}

func TestAListOfFindingsEnds(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	defer bucket.Close()
	list := &findingList{}
	for i := range maxListed + 5 {
		list.add(&ingestv1.Finding{RowNumber: int32(i)})
	}
	if err := list.write(t.Context(), bucket, "file"); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[int]int{0: 3, maxListed - 2: 2, maxListed: 0, 998: 3} {
		found, err := readFindings(t.Context(), bucket, "file", from, 3)
		if err != nil || len(found) != want || want > 0 && found[want-1].GetRowNumber() != int32(from+want-1) {
			t.Errorf("from %d: %v, %v; want %d", from, found, err, want)
		}
	}
}

func TestAPageOfAnotherReport(t *testing.T) {
	uploads := memblob.OpenBucket(nil)
	defer uploads.Close()
	jobs := &knowing{}
	ideas := imported(t, uploads, jobs, untitled(1500))
	first, err := ideas.ListImportFindings(t.Context(), &ingestv1.ListImportFindingsRequest{Parent: bulkJob})
	if err != nil {
		t.Fatal(err)
	}
	kept := jobs.report
	which := kept.GetFindingsBlobKey() + "#" + strconv.Itoa(int(kept.GetFindingCount()))
	negative, err := token.Encode(findingPlace{From: -1, Report: which}, "importFindings", bulkJob)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		report *ingestv1.ImportReport
		token  string
		reason errorsv1.ErrorReason
	}{
		"read again":     {&ingestv1.ImportReport{}, first.GetNextPageToken(), errorsv1.ErrorReason_SOURCE_CHANGED},
		"no token":       {kept, "x", errorsv1.ErrorReason_PAGE_TOKEN_INVALID},
		"made up":        {kept, negative, errorsv1.ErrorReason_PAGE_TOKEN_INVALID},
		"a file is gone": {&ingestv1.ImportReport{FindingsBlobKey: "gone"}, "", errorsv1.ErrorReason_RESOURCE_NOT_FOUND},
	} {
		t.Run(name, func(t *testing.T) {
			jobs.report = c.report
			_, err := ideas.ListImportFindings(t.Context(), &ingestv1.ListImportFindingsRequest{Parent: bulkJob, PageToken: c.token})
			if errs.ReasonOf(err) != c.reason {
				t.Errorf("error is %v, want %s", err, c.reason)
			}
		})
	}
}

// FuzzReadFindings reads any file: it gives findings or an error.
func FuzzReadFindings(f *testing.F) {
	list := &findingList{}
	list.add(&ingestv1.Finding{RowNumber: 7, Message: "x"})
	bucket := memblob.OpenBucket(nil)
	if err := list.write(context.Background(), bucket, "seed"); err != nil {
		f.Fatal(err)
	}
	seed, err := bucket.ReadAll(context.Background(), "seed")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, 0)
	f.Add([]byte{0, 0, 0, 9}, 5)
	f.Fuzz(func(t *testing.T, file []byte, from int) {
		bucket := memblob.OpenBucket(nil)
		defer bucket.Close()
		if err := bucket.WriteAll(t.Context(), "file", file, nil); err != nil {
			t.Fatal(err)
		}
		found, err := readFindings(t.Context(), bucket, "file", from, 10)
		if err == nil && len(found) > 10 {
			t.Errorf("%d findings", len(found))
		}
	})
}
