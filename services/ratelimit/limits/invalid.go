package limits

import (
	"errors"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// invalid makes what is wrong with a rule or override an error that names the request's field. What a change breaks
// elsewhere is told of the whole resource. Other errors stay what they are.
func invalid(err error, target book.Target, resource string) error {
	var wrong *rule.FieldError
	if errors.As(err, &wrong) {
		if wrong.Rule != target.Limit || wrong.Override != target.Override {
			return errs.Invalid(errs.Violation{Field: resource, Description: wrong.Error()})
		}
		return errs.Invalid(errs.Violation{Field: resource + "." + fieldName(wrong.Field), Description: wrong.Why})
	}
	var many *rule.TooManyError
	if errors.As(err, &many) {
		return errs.Invalid(errs.Violation{Field: resource, Description: many.Error()})
	}
	return err
}

// fieldName is a field of a file as the API calls it.
func fieldName(field string) string {
	switch field {
	case "zone":
		return "time_zone"
	case "expires":
		return "expire_time"
	}
	return field
}
