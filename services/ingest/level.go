package ingest

import (
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// level is how strictly a source is to be checked.
func level(source *ingestv1.Source) ingestv1.ImportOptions_ValidationLevel {
	if l := source.GetOptions().GetValidationLevel(); l != ingestv1.ImportOptions_VALIDATION_LEVEL_UNSPECIFIED {
		return l
	}
	return ingestv1.ImportOptions_MODERATE
}

// noError says that a strict import stops, and why. It is nil when no row has an error.
func noError(r *ingestv1.ImportReport) error {
	invalid := r.GetInvalidRowCount()
	if invalid == 0 {
		return nil
	}
	rows := fmt.Sprintf("%d of %d rows have errors", invalid, r.GetRowCount())
	if invalid == 1 {
		rows = fmt.Sprintf("1 of %d rows has errors", r.GetRowCount())
	}
	message := rows + " and the check is strict, so nothing was submitted" + firstProblem(r) +
		"; mend the sheet, or leave such rows out with the validation level moderate"
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_STRICT_CHECK_FAILED, message, "invalid_rows", strconv.Itoa(int(invalid)))
}
