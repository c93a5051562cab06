package store

import (
	"fmt"

	"go.einride.tech/aip/resourcename"
)

// ProjectName is the resource name of a project.
func ProjectName(project string) string { return "projects/" + project }

// Name is the bulk job's resource name.
func (k BulkKey) Name() string { return "projects/" + k.Project + "/bulkJobs/" + k.ID }

// Name is the video job's resource name.
func (k VideoKey) Name() string { return k.BulkKey.Name() + "/videoJobs/" + k.Video }

// ParseProject reads `projects/{project}`.
func ParseProject(name string) (string, error) {
	var project string
	err := resourcename.Sscan(name, "projects/{project}", &project)
	return project, wrap(name, err)
}

// ParseBulk reads `projects/{project}/bulkJobs/{bulk_job}`.
func ParseBulk(name string) (BulkKey, error) {
	var k BulkKey
	err := resourcename.Sscan(name, "projects/{project}/bulkJobs/{bulk_job}", &k.Project, &k.ID)
	return k, wrap(name, err)
}

// ParseVideo reads `projects/{project}/bulkJobs/{bulk_job}/videoJobs/{video_job}`.
func ParseVideo(name string) (VideoKey, error) {
	var k VideoKey
	err := resourcename.Sscan(name, "projects/{project}/bulkJobs/{bulk_job}/videoJobs/{video_job}", &k.Project, &k.ID, &k.Video)
	return k, wrap(name, err)
}

func wrap(name string, err error) error {
	if err != nil {
		return fmt.Errorf("resource name %q: %w", name, err)
	}
	return nil
}
