package store

import (
	"strings"

	"github.com/google/uuid"
)

// LeaseToken names a lease of a video job: the lease's random id, which is the fence, and the job, so that a report
// is found by the job's key alone. The id must have no dot.
func LeaseToken(k VideoKey, id string) string {
	return strings.Join([]string{id, k.ID, k.Video, k.Project}, ".")
}

// ParseLease reads what LeaseToken made; ok is false for everything else.
func ParseLease(token string) (k VideoKey, id string, ok bool) {
	parts := strings.SplitN(token, ".", 4)
	if len(parts) != 4 || parts[0] == "" || parts[3] == "" || strings.ContainsRune(token, 0) {
		return k, "", false
	}
	for _, u := range parts[1:3] {
		if uuid.Validate(u) != nil || len(u) != 36 {
			return k, "", false
		}
	}
	return VideoKey{BulkKey: BulkKey{Project: parts[3], ID: parts[1]}, Video: parts[2]}, parts[0], true
}
