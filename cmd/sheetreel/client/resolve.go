package client

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// Latest names the newest bulk job of a project.
const Latest = "latest"

// maxSearch is how many names a part of an id is looked for in.
const maxSearch = 5000

var (
	uuidShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	partShape = regexp.MustCompile(`^[0-9a-f-]{4,36}$`)
)

// ErrNoBulkJob is returned when a project has no bulk job that fits.
var ErrNoBulkJob = errors.New("no such bulk job")

// Resolve finds the resource name of the bulk job that a person named: its full name, its id, the beginning or the
// end of its id (four characters or more, which must fit only one), or "latest".
func (c *Client) Resolve(ctx context.Context, project, reference string) (string, error) {
	id := strings.ToLower(strings.TrimSpace(reference))
	switch {
	case strings.HasPrefix(reference, "projects/"):
		return reference, nil
	case uuidShape.MatchString(id):
		return Project(project) + "/bulkJobs/" + id, nil
	case id == Latest:
		return c.latest(ctx, project)
	case !partShape.MatchString(id):
		return "", fmt.Errorf("%q is not a bulk job: give its id, at least four characters of it, or %q", reference, Latest)
	}
	var found []string
	for job, err := range c.bulkJobs(ctx, project, maxSearch) {
		if err != nil {
			return "", err
		}
		if name := path.Base(job.GetName()); strings.HasPrefix(name, id) || strings.HasSuffix(name, id) {
			found = append(found, job.GetName())
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%w: none in project %s has an id that begins or ends with %q; see: sheetreel batch list", ErrNoBulkJob, project, id)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%q fits %d bulk jobs, for example %s and %s; give more of the id", id, len(found), path.Base(found[0]), path.Base(found[1]))
}

func (c *Client) latest(ctx context.Context, project string) (string, error) {
	for job, err := range c.bulkJobs(ctx, project, 1) {
		if err != nil {
			return "", err
		}
		return job.GetName(), nil
	}
	return "", fmt.Errorf("%w: project %s has none yet; make one with: sheetreel batch create SHEET", ErrNoBulkJob, project)
}

// BulkJobs lists the newest bulk jobs of a project, at most limit.
func (c *Client) BulkJobs(ctx context.Context, project string, limit int) ([]*schedulerv1.BulkJob, error) {
	var jobs []*schedulerv1.BulkJob
	for job, err := range c.bulkJobs(ctx, project, limit) {
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// resolvePart makes a resource name of a reference. Only for a part of an id it asks for the names that there are.
func resolvePart(reference, what, parent, see string, list func() ([]string, error)) (string, error) {
	id := strings.ToLower(strings.TrimSpace(reference))
	switch {
	case strings.HasPrefix(reference, "projects/"):
		return reference, nil
	case uuidShape.MatchString(id):
		return parent + id, nil
	case !partShape.MatchString(id):
		return "", fmt.Errorf("%q is not a %s: give its id, or at least four characters of it", reference, what)
	}
	names, err := list()
	if err != nil {
		return "", err
	}
	found := ""
	for _, name := range names {
		base := path.Base(name)
		if !strings.HasPrefix(base, id) && !strings.HasSuffix(base, id) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%q fits several, for example %s and %s; give more of the id", id, path.Base(found), base)
		}
		found = name
	}
	if found == "" {
		return "", fmt.Errorf("no %s has an id that begins or ends with %q; see: %s", what, id, see)
	}
	return found, nil
}
