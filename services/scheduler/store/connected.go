package store

import (
	"context"
	"fmt"
	"time"

	"go.einride.tech/aip/resourcename"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// ConnectedSheets keeps the spreadsheets that are watched, and leases looks at them.
type ConnectedSheets interface {
	// CreateConnected stores a connected sheet that is due at once, once per request. A project has limit of them at
	// most; more are a *ConnectedLimitError.
	CreateConnected(ctx context.Context, r Request, c Connected, limit int, now time.Time) (Connected, error)
	// Connected returns a connected sheet, or ErrNotFound.
	Connected(ctx context.Context, k ConnectedKey) (Connected, error)
	// ListConnected returns those of a project with an id below before (empty: from the newest), newest first.
	ListConnected(ctx context.Context, project, before string, limit int) ([]Connected, error)
	// ChangeConnected changes a connected sheet, once per request.
	ChangeConnected(ctx context.Context, r Request, k ConnectedKey, change func(*Connected), now time.Time) (Connected, error)
	// DeleteConnected deletes a connected sheet, once per request, and ends its lease.
	DeleteConnected(ctx context.Context, r Request, k ConnectedKey, now time.Time) error
	// LeaseConnected leases the ACTIVE one that is due longest, or returns ErrNotFound.
	LeaseConnected(ctx context.Context, l NewLease, now time.Time) (Connected, error)
	// SettleConnected changes a connected sheet whose lease is in force, and ends the lease.
	SettleConnected(ctx context.Context, lease string, change func(*Connected), now time.Time) error
}

// ConnectedKey names a connected sheet.
type ConnectedKey struct {
	Project, ID string
}

// Connected is a connected sheet.
type Connected struct {
	ConnectedKey
	// Sheet is what the API shows, without its name and next poll.
	Sheet *schedulerv1.ConnectedSheet
	Due   time.Time // not to be leased before
	Lease string    // empty when nobody looks
	Until time.Time // the end of the lease
}

// Active tells whether it is watched.
func (c Connected) Active() bool { return c.Sheet.GetState() == schedulerv1.ConnectedSheet_ACTIVE }

// ConnectedLimitError says that a project has as many connected sheets as it may have. Nothing was changed.
type ConnectedLimitError struct{ Limit int }

func (e *ConnectedLimitError) Error() string {
	return fmt.Sprintf("the project has %d connected sheets, and may not have more; disconnect one", e.Limit)
}

// Name is the connected sheet's resource name.
func (k ConnectedKey) Name() string { return ProjectName(k.Project) + "/connectedSheets/" + k.ID }

// ParseConnected reads `projects/{project}/connectedSheets/{connected_sheet}`.
func ParseConnected(name string) (ConnectedKey, error) {
	var k ConnectedKey
	err := resourcename.Sscan(name, "projects/{project}/connectedSheets/{connected_sheet}", &k.Project, &k.ID)
	return k, wrap(name, err)
}
