package ingest

import (
	"context"
	"strconv"

	"gocloud.dev/gcerrors"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
)

// findingPlace is where a page of findings begins, and of which report.
type findingPlace struct {
	From   int    `json:"f"`
	Report string `json:"r"`
}

// ListImportFindings lists the findings of a bulk job's import: those of its report, or of the file with all of them.
func (s *Service) ListImportFindings(ctx context.Context, req *ingestv1.ListImportFindingsRequest) (*ingestv1.ListImportFindingsResponse, error) {
	if s.deps.Jobs == nil {
		return nil, errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_STATE_CONFLICT, "this server knows no bulk jobs")
	}
	size := int(req.GetPageSize())
	if size == 0 || size > maxIdeas {
		size = maxIdeas
	}
	var begin findingPlace
	scope := []string{"importFindings", req.GetParent()}
	if text := req.GetPageToken(); text != "" && (token.Decode(text, &begin, scope...) != nil || begin.From < 0) {
		return nil, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_PAGE_TOKEN_INVALID,
			"page_token: not a token of this list; start again without one")
	}
	job, err := s.deps.Jobs.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: req.GetParent()})
	if err != nil {
		return nil, err
	}
	report := job.GetImportReport()
	which := report.GetFindingsBlobKey() + "#" + strconv.Itoa(int(report.GetFindingCount()))
	if begin.Report != "" && begin.Report != which {
		return nil, errs.New(codes.Aborted, errorsv1.ErrorReason_SOURCE_CHANGED, "the sheet was read again since the first page; start again without a page token")
	}
	reply := &ingestv1.ListImportFindingsResponse{
		TotalSize: int32(len(report.GetFindings())), FindingCount: report.GetFindingCount(),
	}
	if key := report.GetFindingsBlobKey(); key != "" && s.deps.Uploads != nil {
		reply.TotalSize = report.GetListedFindingCount()
		reply.ImportFindings, err = readFindings(ctx, s.deps.Uploads, key, begin.From, size)
		if gcerrors.Code(err) == gcerrors.NotFound {
			return nil, errs.New(codes.NotFound, errorsv1.ErrorReason_RESOURCE_NOT_FOUND, "the findings of "+req.GetParent()+" are gone; read the report of the bulk job, which has the first thousand")
		}
		if err != nil {
			return nil, err
		}
	} else {
		rest := report.GetFindings()[min(begin.From, len(report.GetFindings())):]
		reply.ImportFindings = rest[:min(len(rest), size)]
	}
	next := findingPlace{From: begin.From + len(reply.GetImportFindings()), Report: which}
	if len(reply.GetImportFindings()) > 0 && next.From < int(reply.GetTotalSize()) {
		reply.NextPageToken, err = token.Encode(next, scope...)
	}
	return reply, err
}
