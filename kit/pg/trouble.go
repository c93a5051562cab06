package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sheetreel/sheetreel/kit/errs"
)

// Trouble makes an error that tells of the server, and not of what was asked of it, an *errs.DatabaseError. ctx is the
// caller's: its end is no trouble of the server's, but that of a limit of ours is.
func Trouble(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.As(err, new(*errs.DatabaseError)) {
		return err
	}
	var of *pgconn.PgError
	if errors.As(err, &of) {
		if of.Code == diskFull {
			return &errs.DatabaseError{Full: true, Err: err}
		}
		if passing(of.Code) {
			return &errs.DatabaseError{Err: err}
		}
		return err
	}
	if errors.As(err, new(*beginError)) || errors.As(err, new(*pgconn.ConnectError)) || errors.As(err, new(net.Error)) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) {
		return &errs.DatabaseError{Err: err}
	}
	return err
}

const diskFull = "53100"

// passing tells whether what a server says may be otherwise in a moment. Codes are those of appendix A of the manual.
func passing(code string) bool {
	switch code {
	case serializationFailure, deadlockDetected, // after all tries
		"25006", // read only: a standby that has not taken over, or no longer leads
		"25P03", // idle in transaction for too long
		"25P04", // transaction took too long
		"55P03", // a lock is not available
		"57014", // the statement took too long
		"57P01", // the server shuts down
		"57P02", // the server crashed
		"57P03", // the server starts
		"57P05": // idle for too long
		return true
	}
	// Connections, and resources of the server such as memory and slots for connections.
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53")
}
