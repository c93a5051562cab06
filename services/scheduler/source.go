package scheduler

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// maxSource bounds what a bulk job holds of its source. What callers wrote is kept in memory for many bulk jobs at
// once, so a file that is larger must be somewhere else.
const maxSource = 256 << 10

// checkSource refuses a bulk job without a source, or with too much of one.
func checkSource(source *ingestv1.Source) error {
	size := proto.Size(source)
	switch {
	case source == nil:
		return errs.Invalid(errs.Violation{Field: "bulk_job.source", Description: "is required"})
	case source.GetOptions().GetWriteBack() && source.GetGoogleSheet() == nil:
		return errs.Invalid(errs.Violation{Field: "bulk_job.source.options.write_back", Description: "results can only be written back into a Google spreadsheet, and this source is none"})
	case size <= maxSource:
		return nil
	case source.GetInlineIdeas() != nil:
		return errs.Invalid(errs.Violation{Field: "bulk_job.source.inline_ideas", Description: fmt.Sprintf(
			"has %d KiB; a bulk job takes at most %d KiB of ideas: write them into a file, upload it and name the upload", size>>10, maxSource>>10)})
	}
	return errs.Invalid(errs.Violation{Field: "bulk_job.source.file.data", Description: fmt.Sprintf(
		"has %d KiB; a bulk job takes files of at most %d KiB: upload this one and name the upload", size>>10, maxSource>>10)})
}

// withoutContent takes out what a source holds of a sheet: only whoever reads the sheet is given it.
func withoutContent(job *schedulerv1.BulkJob) {
	if file := job.GetSource().GetFile(); file.GetData() != nil {
		file.Content = nil
	}
	if inline := job.GetSource().GetInlineIdeas(); inline != nil {
		inline.Ideas = nil
	}
}

// incremental tells whether only what is new in a source is submitted when it is imported again.
func incremental(source *ingestv1.Source) bool {
	return source.GetGoogleSheet() != nil && source.GetOptions().GetRepeatedRows() != ingestv1.ImportOptions_ALL
}
