package sheets

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"google.golang.org/api/googleapi"
	sheetsapi "google.golang.org/api/sheets/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

// explain turns the error of a call into one that a content team understands. book is nil when it is not known.
func (s *sheet) explain(err error, book *sheetsapi.Spreadsheet) error {
	var gaveUp *upstream.GaveUp
	var api *googleapi.Error
	var token *tokenError
	switch {
	case errors.As(err, &gaveUp):
		return explainGaveUp(gaveUp)
	case errors.As(err, &token):
		return s.noToken()
	case errors.As(err, &api):
		return s.explainRefusal(api, book)
	case errors.Is(err, errAnswerTooLarge):
		return errs.Invalid(errs.Violation{Field: fieldRange, Description: "holds more than 64 MiB of text; name a smaller range"})
	case errs.ReasonOf(err) != errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED, status.Code(err) != codes.Unknown:
		return err // the quota service's
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("read spreadsheet %s: %w", s.id, withoutURL(err))
}

func explainGaveUp(e *upstream.GaveUp) error {
	var api *googleapi.Error
	known := errors.As(e.Last, &api)
	switch {
	case e.Class == upstream.Throttled && known:
		info := infoOf(api)
		return errs.RateLimited(e.After, "Google's own quota for reading sheets is used up; try again later", errs.Exhausted{
			Limit: info.metadata["quota_limit"], Subject: info.metadata["consumer"], Description: api.Message,
		})
	case known:
		return unavailable(e, fmt.Sprintf("HTTP %d", api.Code))
	case e.Last == nil:
		return unavailable(e, "it failed too often just now")
	case errors.Is(e.Last, context.DeadlineExceeded):
		return unavailable(e, "no answer in time")
	}
	return unavailable(e, withoutURL(e.Last).Error())
}

func unavailable(e *upstream.GaveUp, cause string) error {
	return errs.Unavailable(errorsv1.ErrorReason_SHEET_UNAVAILABLE, "Google Sheets does not answer, try again later: "+cause, e.After)
}

// withoutURL drops the URL of a failed request: it says nothing to a reader, and a URL may hold a key.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
