package main

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/download"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

type watchCommand struct {
	oneBulkJob
	Download    string `help:"At the end, write every finished video with its files to DIR/ROW-TITLE/." placeholder:"DIR"`
	ResumeToken string `help:"Begin after the message that had this resume token." placeholder:"TOKEN"`
}

// Run follows a bulk job to its end.
func (c watchCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		name, err := cl.Resolve(ctx, c.Project, c.BulkJob)
		if err != nil {
			return err
		}
		f := follow{clientFlags: c.clientFlags, download: c.Download, token: c.ResumeToken}
		return f.run(env, cl, name)
	})
}

// follow shows a bulk job until it is over, downloads its videos, and says how it went.
type follow struct {
	clientFlags
	download string
	token    string
	goOn     string // the command that goes on after an interruption; that of a watch when empty
	over     bool   // the bulk job was finished before: its history is old news
}

func (f follow) run(env *environment, cl *client.Client, name string) error {
	if err := f.watch(env, cl, name); err != nil {
		if env.ctx.Err() != nil {
			fmt.Fprintln(env.stderr, f.interrupted(name))
			return exitCode(exitInterrupted)
		}
		return err
	}
	ctx, cancel := env.call()
	defer cancel()
	job, err := cl.Scheduler.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
	if err != nil {
		return err
	}
	videos, err := cl.VideoJobs(ctx, name)
	if err != nil {
		return err
	}
	link, verdicts := f.link, map[string]string(nil)
	if f.download != "" {
		files, err := f.fetch(env, videos)
		if err != nil {
			return err
		}
		link = func(video *schedulerv1.VideoJob) string { return files[video.GetName()] }
		verdicts = verdictsOf(files)
	}
	if !f.json() {
		if err := env.summary(job, videos, link, verdicts); err != nil {
			return err
		}
	}
	return outcome(job)
}

// verdictsOf are the verdicts in the manifests beside downloaded videos, by video job. Videos of older versions have none.
func verdictsOf(files map[string]string) map[string]string {
	out := map[string]string{}
	for job, video := range files {
		m, err := manifestOf(filepath.Dir(video))
		if err == nil && m.GetQuality() != nil {
			out[job] = report.Verdict(m.GetQuality())
		}
	}
	return out
}

func (f follow) interrupted(name string) string {
	if f.goOn != "" {
		return "interrupted; to go on where it stopped: " + f.goOn
	}
	return "no longer watching; the batch goes on. Watch it again with: sheetreel batch watch " + path.Base(name)
}

func (f follow) watch(env *environment, cl *client.Client, name string) (err error) {
	if f.over && !f.json() {
		return nil
	}
	shown := newView(env, f.json())
	defer func() { err = errors.Join(err, shown.close()) }()
	var batch progress.Batch
	return cl.Watch(env.ctx, name, f.token, client.Watch{
		Each: func(m *schedulerv1.WatchBulkJobResponse) error { return shown.show(&batch, batch.Apply(m), m) },
		Lost: func(_ error, wait time.Duration) { shown.lost(wait) },
	})
}

// fetch downloads the files of every finished video and returns where each video is, by video job.
func (f follow) fetch(env *environment, jobs []*schedulerv1.VideoJob) (map[string]string, error) {
	d := download.Downloader{Client: download.NewClient(), URL: f.links().Artifact, Dir: f.download}
	videos := map[string]string{}
	fetched, kept := 0, 0
	for _, job := range jobs {
		if job.GetState() != schedulerv1.VideoJob_COMPLETED {
			continue
		}
		result, err := d.Video(env.ctx, job)
		if err != nil {
			return nil, err
		}
		if name := videoFile(job); name != "" {
			videos[job.GetName()] = filepath.Join(result.Folder, name)
		}
		fetched += result.Fetched
		kept += result.Kept
	}
	if len(videos) > 0 && !f.json() {
		return videos, env.say(fmt.Sprintf("downloaded to %s: %d files written, %d were there already", f.download, fetched, kept))
	}
	return videos, nil
}
