package client

import (
	"context"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

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
	return resolvePart(reference, "dead letter", Project(project)+"/deadLetters/", "sheetreel dlq list", func() (names []string, err error) {
		letters, err := c.DeadLetters(ctx, &schedulerv1.ListDeadLettersRequest{Parent: Project(project)}, maxSearch)
		for _, letter := range letters {
			names = append(names, letter.GetName())
		}
		return names, err
	})
}
