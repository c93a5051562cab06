package client

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// ErrNoDeadLetter is returned when a project has no dead letter that fits.
var ErrNoDeadLetter = errors.New("no such dead letter")

// DeadLetters lists the newest dead letters that fit in, at most limit. Its pages are the walk's own.
func (c *Client) DeadLetters(ctx context.Context, in *schedulerv1.ListDeadLettersRequest, limit int) ([]*schedulerv1.DeadLetter, error) {
	var letters []*schedulerv1.DeadLetter
	token := ""
	for {
		reply, err := c.Scheduler.ListDeadLetters(ctx, &schedulerv1.ListDeadLettersRequest{
			Parent: in.GetParent(), FailureClass: in.GetFailureClass(), BulkJob: in.GetBulkJob(),
			PageSize: int32(min(limit-len(letters), page)), PageToken: token,
		})
		if err != nil {
			return nil, err
		}
		letters = append(letters, reply.GetDeadLetters()...)
		if token = reply.GetNextPageToken(); token == "" || len(letters) >= limit {
			return letters, nil
		}
	}
}

// ResolveDeadLetter finds the resource name of the dead letter that a person named: its full name, its id, or the
// beginning or the end of its id (four characters or more, which must fit only one).
func (c *Client) ResolveDeadLetter(ctx context.Context, project, reference string) (string, error) {
	id := strings.ToLower(strings.TrimSpace(reference))
	switch {
	case strings.HasPrefix(reference, "projects/"):
		return reference, nil
	case uuidShape.MatchString(id):
		return Project(project) + "/deadLetters/" + id, nil
	case !partShape.MatchString(id):
		return "", fmt.Errorf("%q is not a dead letter: give its id, or at least four characters of it", reference)
	}
	letters, err := c.DeadLetters(ctx, &schedulerv1.ListDeadLettersRequest{Parent: Project(project)}, maxSearch)
	if err != nil {
		return "", err
	}
	found := ""
	for _, letter := range letters {
		base := path.Base(letter.GetName())
		if !strings.HasPrefix(base, id) && !strings.HasSuffix(base, id) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%q fits several dead letters, for example %s and %s; give more of the id", id, path.Base(found), base)
		}
		found = letter.GetName()
	}
	if found == "" {
		return "", fmt.Errorf("%w: none in project %s has an id that begins or ends with %q; see: sheetreel dlq list", ErrNoDeadLetter, project, id)
	}
	return found, nil
}
