package sqlite

import (
	"errors"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/sheetreel/sheetreel/kit/errs"
)

// trouble makes an error that tells of the file, and not of what was asked of it, an *errs.DatabaseError.
func trouble(err error) error {
	var of *sqlite.Error
	if !errors.As(err, &of) {
		return err
	}
	switch of.Code() & 0xff { // the primary result code
	case lib.SQLITE_FULL:
		return &errs.DatabaseError{Full: true, Err: err}
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PROTOCOL, lib.SQLITE_NOMEM:
		return &errs.DatabaseError{Err: err}
	}
	return err
}
