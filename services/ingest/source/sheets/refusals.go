package sheets

import (
	"fmt"
	"strings"

	"google.golang.org/api/googleapi"
	sheetsapi "google.golang.org/api/sheets/v4"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// explainRefusal says in plain words what Google will not do, and what helps.
func (s *sheet) explainRefusal(e *googleapi.Error, book *sheetsapi.Spreadsheet) error {
	info := infoOf(e)
	switch {
	case info.reason == "API_KEY_INVALID":
		return refusedCredentials("Google does not know the API key: was it copied in full, and does it still exist?")
	case strings.HasPrefix(info.reason, "API_KEY_"):
		return refusedCredentials("the API key may not be used for this: allow the Google Sheets API, and this server's address, among the key's restrictions in the Google Cloud console")
	case e.Code == 401:
		return refusedCredentials("Google refuses the credentials: is the " + s.identity.String() + " still valid?")
	case isDisabled(e, info):
		return s.notEnabled("Google Sheets API", "sheets.googleapis.com", info)
	case info.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
		return refusedCredentials("the " + s.identity.String() + " was not given the right to " + s.right() + " spreadsheets: sign in again and agree to it")
	case strings.Contains(e.Message, "unregistered callers"):
		return refusedCredentials("Google wants to know who asks: configure a service account or an API key (unregistered callers are refused)")
	case e.Code == 403:
		return s.notShared()
	case e.Code == 404:
		return errs.New(codes.NotFound, errorsv1.ErrorReason_SHEET_NOT_FOUND,
			"Google knows no spreadsheet "+s.id+": is the link complete, or was the sheet deleted?", "spreadsheet_id", s.id)
	case e.Code == 400 && strings.Contains(e.Message, "Unable to parse range"):
		return wrongRange(s.text, book, "does not exist (any more)")
	case e.Code == 400 && strings.Contains(e.Message, "not supported for this document"):
		return errs.Invalid(errs.Violation{
			Field: fieldSpreadsheet, Description: "is a file that Google Sheets only shows, perhaps an Excel file; open it and choose File > Save as Google Sheets, or upload the file itself",
		})
	case e.Code == 400:
		return errs.Invalid(errs.Violation{Field: "source.google_sheet", Description: "Google refuses the request: " + e.Message})
	}
	return fmt.Errorf("read spreadsheet %s: HTTP %d: %s", s.id, e.Code, e.Message)
}

// isDisabled knows both forms in which Google says that nobody has switched the API on.
func isDisabled(e *googleapi.Error, info errorInfo) bool {
	for _, item := range e.Errors {
		if item.Reason == "accessNotConfigured" {
			return true
		}
	}
	return info.reason == "SERVICE_DISABLED"
}

func (s *sheet) notEnabled(api, host string, info errorInfo) error {
	page := "https://console.cloud.google.com/apis/library/" + host
	if project, found := strings.CutPrefix(info.metadata["consumer"], "projects/"); found {
		page += "?project=" + project
	}
	return refusedCredentials("the " + api + " is not enabled in the Google Cloud project of the " + s.identity.String() +
		"; open " + page + ", choose Enable, and try again after some minutes")
}

// right is what is asked of Google.
func (c *Client) right() string {
	if c.edits {
		return "edit"
	}
	return "read"
}

// role is the part that the identity needs in a sheet.
func (c *Client) role() string {
	if c.edits {
		return "as Editor (results are written back)"
	}
	return "as Viewer"
}

// notShared says with whom the sheet is to be shared.
func (s *sheet) notShared() error {
	var message string
	switch {
	case s.identity.email != "":
		message = "the sheet is not shared with Sheetreel; choose Share and add " + s.identity.email + " " + s.role()
	case s.identity.kind == byPerson, s.identity.kind == byMachine:
		message = "the sheet is not shared with Sheetreel; choose Share and add the " + s.identity.String() + " " + s.role()
	default:
		message = "the sheet is not public; choose Share and give access to everyone with the link, or let Sheetreel use a service account"
	}
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_NOT_SHARED, message,
		"account", s.identity.email, "spreadsheet_id", s.id)
}

// noToken explains why Google gives no token.
func (s *sheet) noToken() error {
	if s.identity.kind == byPerson {
		return refusedCredentials("the permission of the " + s.identity.String() + " has expired or was taken back; sign in again and replace the file of --sheets-credentials")
	}
	return refusedCredentials("Google gives no token for the " + s.identity.String() + ": is its key still valid?")
}

func noCredentials() error {
	return refusedCredentials("no Google credentials are configured; set --sheets-credentials to a service account's key file, or --sheets-api-key for public sheets")
}

func refusedCredentials(message string) error {
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, message)
}

// wrongRange says what is wrong with a range, and what could have been named.
func wrongRange(text string, book *sheetsapi.Spreadsheet, problem string) error {
	message := problem
	if text != "" {
		message = fmt.Sprintf("range %q %s", text, problem)
	}
	var titles, names, tables []string
	if book != nil {
		for _, tab := range tabs(book) {
			titles = append(titles, tab.Properties.Title)
			for _, table := range tab.Tables {
				tables = append(tables, table.Name)
			}
		}
		for _, named := range book.NamedRanges {
			names = append(names, named.Name)
		}
	}
	for _, exist := range []struct {
		what  string
		names []string
	}{{"tabs", titles}, {"named ranges", names}, {"tables", tables}} {
		if len(exist.names) > 0 {
			message += "; the " + exist.what + " are " + shortList(exist.names)
		}
	}
	return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_SHEET_RANGE_INVALID, message,
		"range", text, "tabs", shortList(titles), "named_ranges", shortList(names), "tables", shortList(tables))
}

// shortList names at most twenty.
func shortList(titles []string) string {
	const most = 20
	if len(titles) <= most {
		return strings.Join(titles, ", ")
	}
	return strings.Join(titles[:most], ", ") + fmt.Sprintf(" and %d more", len(titles)-most)
}
