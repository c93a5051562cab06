package main

import (
	"encoding/json"
	"path"
	"strings"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
)

type getCommand struct{ oneBulkJob }

// Run shows one bulk job.
func (c getCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.Resolve(ctx, c.Project, c.BulkJob)
		if err != nil {
			return err
		}
		job, err := cl.Scheduler.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
		if err != nil {
			return err
		}
		videos, err := cl.VideoJobs(ctx, name)
		if err != nil {
			return err
		}
		if !c.json() {
			if err := env.say(path.Base(name)); err != nil {
				return err
			}
			return env.summary(job, videos, c.link, nil)
		}
		list := []json.RawMessage{}
		for _, video := range videos {
			raw, err := message(video)
			if err != nil {
				return err
			}
			list = append(list, raw)
		}
		raw, err := message(job)
		if err != nil {
			return err
		}
		return env.document(map[string]any{"bulkJob": raw, "videoJobs": list})
	})
}

// videoFile is the name of the video among the files of a video job, or "". Which it is depends on what was asked for.
func videoFile(video *schedulerv1.VideoJob) string {
	for _, a := range video.GetArtifacts() {
		if strings.HasPrefix(a.GetContentType(), "video/") {
			return a.GetFileName()
		}
	}
	return ""
}

// link is where the video of a finished video job is, or "".
func (f clientFlags) link(video *schedulerv1.VideoJob) string {
	name := videoFile(video)
	if video.GetState() != schedulerv1.VideoJob_COMPLETED || name == "" {
		return ""
	}
	return f.links().Artifact(video.GetName(), name)
}
