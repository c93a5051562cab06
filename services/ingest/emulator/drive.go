package emulator

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

const scopeLook = "https://www.googleapis.com/auth/drive.metadata.readonly"

// edited gives the spreadsheet a new version.
func (b *book) edited(now time.Time) { b.version, b.modified = b.version+1, now }

// getFile is files.get of the Drive API, as far as it tells of versions.
func getFile(_ *call, b *book) (map[string]any, schema, error) {
	value := map[string]any{"version": strconv.FormatInt(b.version, 10), "modifiedTime": b.modified.UTC().Format("2006-01-02T15:04:05.000Z")}
	return value, schema{"version": nil, "modifiedTime": nil, "id": nil, "name": nil, "kind": nil, "mimeType": nil}, nil
}

// look serves the Drive API, which says of a file that is not shared what it says of one that does not exist.
func (e *Emulator) look(c *call, id string) (answer, error) {
	reply, err := e.open(c, looks, id, getFile)
	var denied *apiError
	if errors.As(err, &denied) && denied.code == http.StatusForbidden && len(denied.details) == 0 && c.caller.bearer {
		return answer{}, &apiError{code: http.StatusNotFound, status: "NOT_FOUND", message: "File not found: " + id + "."}
	}
	return reply, err
}
