package client

import (
	"context"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// ConnectedSheets lists the newest connected sheets of a project, at most limit.
func (c *Client) ConnectedSheets(ctx context.Context, project string, limit int) ([]*schedulerv1.ConnectedSheet, error) {
	var all []*schedulerv1.ConnectedSheet
	token := ""
	for {
		reply, err := c.Sheets.ListConnectedSheets(ctx, &schedulerv1.ListConnectedSheetsRequest{
			Parent: Project(project), PageSize: int32(min(limit-len(all), page)), PageToken: token,
		})
		if err != nil {
			return nil, err
		}
		all = append(all, reply.GetConnectedSheets()...)
		if token = reply.GetNextPageToken(); token == "" || len(all) >= limit {
			return all, nil
		}
	}
}

// ResolveConnectedSheet finds the resource name of the connected sheet that a person named: its full name, its id, or the
// beginning or the end of its id (four characters or more, which must fit only one).
func (c *Client) ResolveConnectedSheet(ctx context.Context, project, reference string) (string, error) {
	return resolvePart(reference, "connected sheet", Project(project)+"/connectedSheets/", "sheetreel sheets list", func() (names []string, err error) {
		all, err := c.ConnectedSheets(ctx, project, maxSearch)
		for _, s := range all {
			names = append(names, s.GetName())
		}
		return names, err
	})
}
