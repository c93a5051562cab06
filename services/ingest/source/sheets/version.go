package sheets

import (
	"context"
	"errors"
	"net/http"
	"time"

	driveapi "google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// Version says what state a spreadsheet is in. It grows with every change of the file, whoever makes it.
type Version struct {
	Number   int64
	Modified time.Time // zero when Google does not say
}

// CanWatch says why no spreadsheet can be watched at all; nil when it can.
func (c *Client) CanWatch() error {
	switch {
	case c.identity.kind == byNothing:
		return noCredentials()
	case c.identity.kind == byEndpoint, c.identity.kind == byKey, c.watches:
		return nil
	}
	return refusedCredentials("this server may not ask for the versions of sheets; start it with --sheets-connect so that connected sheets can be watched")
}

// Version asks for the version of the spreadsheet that a request names. It is one request to Google Drive, which counts
// apart from those to Google Sheets.
func (c *Client) Version(ctx context.Context, req Request) (Version, error) {
	if err := c.CanWatch(); err != nil {
		return Version{}, err
	}
	src, err := c.Sheet(req)
	if err != nil {
		return Version{}, err
	}
	s := src.(*sheet)
	descriptors := c.identity.charge("drive.read", s.descriptors["project"], s.descriptors["user"], "")
	delete(descriptors, "sheet") // Drive does not mind how often one file is asked for
	var file *driveapi.File
	err = c.upstream.Do(ctx, descriptors, func(ctx context.Context) (err error) {
		file, err = c.drive.Files.Get(s.id).SupportsAllDrives(true).Fields("version", "modifiedTime").Context(ctx).Do()
		return err
	})
	if err != nil {
		return Version{}, s.explainVersion(err)
	}
	modified, err := time.Parse(time.RFC3339, file.ModifiedTime)
	if err != nil {
		modified = time.Time{}
	}
	return Version{Number: file.Version, Modified: modified}, nil
}

// explainVersion is explain for Drive, which has a switch of its own in a Google Cloud project, and does not tell a file that
// is not shared from one that does not exist.
func (s *sheet) explainVersion(err error) error {
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return s.explain(err, nil)
	}
	switch {
	case isDisabled(api, infoOf(api)):
		return s.notEnabled("Google Drive API", "drive.googleapis.com", infoOf(api))
	case infoOf(api).reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
		return refusedCredentials("the " + s.identity.String() + " was not given the right to see when files change: sign in again and agree to it")
	case api.Code == http.StatusNotFound && s.identity.kind != byEndpoint:
		return errs.New(codes.NotFound, errorsv1.ErrorReason_SHEET_NOT_FOUND,
			"Google shows no spreadsheet "+s.id+": is it still there, and shared with the "+s.identity.String()+"?", "spreadsheet_id", s.id)
	}
	return s.explain(err, nil)
}
