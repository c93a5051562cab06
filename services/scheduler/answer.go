package scheduler

import (
	"errors"
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	kindBulkJob    = "sheetreel/BulkJob"
	kindVideoJob   = "sheetreel/VideoJob"
	kindDeadLetter = "sheetreel/DeadLetter"
	kindBudget     = "sheetreel/Budget"

	kindWebhookEndpoint = "sheetreel/WebhookEndpoint"
	kindWebhookDelivery = "sheetreel/WebhookDelivery"
	kindConnectedSheet  = "sheetreel/ConnectedSheet"
)

// answer turns a store's error about the named resource into what a caller sees.
func answer(kind, name string, err error) error {
	var conflict *store.StateError
	var reused *store.RequestReusedError
	var untrue *cost.UsageError
	var many *store.EndpointLimitError
	var sheets *store.ConnectedLimitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return errs.NotFound(kind, name)
	case errors.Is(err, store.ErrLeaseLost):
		return errs.LeaseLost()
	case errors.As(err, &conflict):
		return errs.StateConflict(name, conflict.State, conflict.Message)
	case errors.As(err, &untrue):
		return errs.Invalid(errs.Violation{Field: fmt.Sprintf("usage[%d].%s", untrue.Index, untrue.Field), Description: untrue.Err.Error()})
	case errors.As(err, &many):
		return errs.New(codes.ResourceExhausted, errorsv1.ErrorReason_WEBHOOK_ENDPOINT_LIMIT, many.Error(), "limit", strconv.Itoa(many.Limit))
	case errors.As(err, &sheets):
		return errs.New(codes.ResourceExhausted, errorsv1.ErrorReason_CONNECTED_SHEET_LIMIT, sheets.Error(), "limit", strconv.Itoa(sheets.Limit))
	case errors.As(err, &reused):
		return errs.New(codes.AlreadyExists, errorsv1.ErrorReason_REQUEST_ID_REUSED,
			reused.Error()+"; use a new request id for a new request", "request_id", reused.RequestID, "resource", reused.Resource)
	}
	return err
}
