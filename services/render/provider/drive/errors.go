package drive

import (
	"errors"
	"fmt"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// known is what is known of an error.
func known(err error) *provider.Error {
	var e *provider.Error
	if errors.As(err, &e) {
		return e
	}
	return &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Unsure: true, Err: err}
}

// isPassing tells that another call may succeed.
func isPassing(class schedulerv1.FailureClass) bool {
	switch class {
	case schedulerv1.FailureClass_TRANSIENT, schedulerv1.FailureClass_NETWORK, schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED:
		return true
	}
	return false
}

func permanent(code, format string, args ...any) *provider.Error {
	return &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Code: code, Err: fmt.Errorf(format, args...)}
}

func passing(code, format string, args ...any) *provider.Error {
	return &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: code, Err: fmt.Errorf(format, args...)}
}

// system is trouble of this machine or installation.
func system(err error) error {
	if err == nil {
		return nil
	}
	return &provider.Error{Class: schedulerv1.FailureClass_SYSTEM, Err: err}
}
