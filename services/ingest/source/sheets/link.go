package sheets

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// The request's fields that errors name.
const (
	fieldSpreadsheet = "source.google_sheet.spreadsheet"
	fieldRange       = "source.google_sheet.range"
)

// location is what a link says: the spreadsheet, and perhaps a tab and a range.
type location struct {
	id     string
	hasGid bool
	gid    int64
	text   string // a range in words, or empty
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)

// parseLink reads a spreadsheet's link, as a browser shows it or as Share copies it, or its bare id.
func parseLink(text string) (location, error) {
	where, problem := linkParts(strings.TrimSpace(text))
	if problem != "" {
		return location{}, wrongLink(text, problem)
	}
	return where, nil
}

// linkParts reads a link or an id, or says what is wrong.
func linkParts(text string) (where location, problem string) {
	if text == "" {
		return location{}, "is empty"
	}
	if idPattern.MatchString(text) {
		return location{id: text}, ""
	}
	if !strings.Contains(text, "/") {
		return location{}, notALink
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return location{}, "is not a link that can be read"
	}
	id, problem := linkID(u)
	if problem != "" {
		return location{}, problem
	}
	where = location{id: id}
	fragment, err := url.ParseQuery(u.Fragment)
	if err != nil {
		fragment = nil
	}
	for _, values := range []url.Values{fragment, u.Query()} { // what stands after # is the tab that is shown
		if gid := values.Get("gid"); gid != "" && !where.hasGid {
			where.gid, err = strconv.ParseInt(gid, 10, 32)
			if err != nil || where.gid < 0 {
				return location{}, "has a tab number (gid) that is not a number"
			}
			where.hasGid = true
		}
		if where.text == "" {
			where.text = values.Get("range")
		}
	}
	return where, ""
}

// linkID finds the id in a link, or says what is wrong.
func linkID(u *url.URL) (id, problem string) {
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch strings.ToLower(u.Hostname()) {
	case "docs.google.com":
		if parts[0] != "spreadsheets" {
			return "", "is a link to another kind of document, not to a spreadsheet"
		}
		for i, part := range parts {
			if part != "d" || i+1 == len(parts) {
				continue
			}
			if parts[i+1] == "e" {
				return "", "is the link of a published copy; use the link in the browser's address bar while the sheet is open"
			}
			id = parts[i+1]
			break
		}
	case "drive.google.com":
		id = u.Query().Get("id")
		if len(parts) >= 3 && parts[0] == "file" && parts[1] == "d" {
			id = parts[2]
		}
	default:
		return "", "is not a link to Google Sheets"
	}
	if !idPattern.MatchString(id) {
		return "", "has no spreadsheet id"
	}
	return id, ""
}

// shortestID is the fewest characters of an id that Google has given. Anything shorter is a word.
const shortestID = 20

// notALink is said of words, names of files, and the like.
const notALink = "is neither the link of a Google sheet nor its id"

// wrongLink says what is wrong with what was given as a spreadsheet, and how a link looks.
func wrongLink(text, problem string) error {
	const longest = 60
	if letters := []rune(text); len(letters) > longest {
		text = string(letters[:longest-1]) + "…"
	}
	return errs.InvalidAs(errorsv1.ErrorReason_SHEET_LINK_INVALID, errs.Violation{
		Field: fieldSpreadsheet,
		Description: fmt.Sprintf("%q %s; open the sheet in a browser and copy the link from the address bar: it looks like "+
			"https://docs.google.com/spreadsheets/d/1AbC…/edit", strings.TrimSpace(text), problem),
	}, "spreadsheet", text)
}
