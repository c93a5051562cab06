package sheets

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

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
		return refusedCredentials("Google gives no token for the service account " + s.identity.account + ": is its key still valid?")
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

func (s *sheet) explainRefusal(e *googleapi.Error, book *sheetsapi.Spreadsheet) error {
	info := infoOf(e)
	switch {
	case e.Code == 401 || strings.HasPrefix(info.reason, "API_KEY_"):
		return refusedCredentials("Google refuses the credentials: is the " + s.identity.kind() + " still valid?")
	case info.reason == "SERVICE_DISABLED":
		return refusedCredentials("the Google Sheets API is not enabled in the Google Cloud project of the " + s.identity.kind() + "; enable it there")
	case info.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT", strings.Contains(e.Message, "unregistered callers"):
		return refusedCredentials("Google wants other credentials: " + e.Message)
	case e.Code == 403:
		return s.notShared()
	case e.Code == 404:
		return errs.New(codes.NotFound, errorsv1.ErrorReason_SHEET_NOT_FOUND,
			"Google knows no spreadsheet "+s.id+": is the link complete, or was the sheet deleted?", "spreadsheet_id", s.id)
	case e.Code == 400 && strings.Contains(e.Message, "Unable to parse range"):
		return wrongRange(s.text, book, "does not exist (any more)")
	case e.Code == 400 && strings.Contains(e.Message, "not supported for this document"):
		return wrongLink("is a file that Google Sheets only shows, perhaps an Excel file; open it and choose File > Save as Google Sheets")
	case e.Code == 400:
		return errs.Invalid(errs.Violation{Field: "source.google_sheet", Description: "Google refuses the request: " + e.Message})
	}
	return fmt.Errorf("read spreadsheet %s: HTTP %d: %s", s.id, e.Code, e.Message)
}

func (s *sheet) notShared() error {
	message := "the sheet is not public; choose Share and give access to everyone with the link, or let Sheetreel use a service account"
	if s.identity.account != "" {
		message = "the sheet is not shared with Sheetreel; choose Share and add " + s.identity.account + " as Viewer"
	}
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_NOT_SHARED, message,
		"account", s.identity.account, "spreadsheet_id", s.id)
}

func (i identity) kind() string {
	if i.account != "" {
		return "service account " + i.account
	}
	return "API key"
}

func noCredentials() error {
	return refusedCredentials("no Google credentials are configured; set --sheets-credentials to a service account's key file, or --sheets-api-key for public sheets")
}

func refusedCredentials(message string) error {
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, message)
}

// wrongRange says what is wrong with a range, and which tabs there are.
func wrongRange(text string, book *sheetsapi.Spreadsheet, problem string) error {
	message := problem
	if text != "" {
		message = fmt.Sprintf("range %q %s", text, problem)
	}
	var titles []string
	if book != nil {
		for _, tab := range tabs(book) {
			titles = append(titles, tab.Title)
		}
	}
	list := shortList(titles)
	if list != "" {
		message += "; the tabs are " + list
	}
	return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_SHEET_RANGE_INVALID, message, "range", text, "tabs", list)
}

// shortList names at most twenty.
func shortList(titles []string) string {
	const most = 20
	if len(titles) <= most {
		return strings.Join(titles, ", ")
	}
	return strings.Join(titles[:most], ", ") + fmt.Sprintf(" and %d more", len(titles)-most)
}

// withoutURL drops the URL of a failed request: it says nothing to a reader, and a URL may hold a key.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
