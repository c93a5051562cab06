package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	"github.com/sheetreel/sheetreel/services/render"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/assets/clip"
	"github.com/sheetreel/sheetreel/services/render/speech/espeak"
	"github.com/sheetreel/sheetreel/services/render/studio"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/download"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

type verifyCommand struct {
	Video  string        `arg:"" help:"A folder with a finished video, its manifest.json, or the name of a video job (projects/.../videoJobs/...)."`
	HTTP   string        `name:"http" help:"Address of the server's HTTP side, for manifests of video jobs." default:"http://127.0.0.1:8080"`
	Espeak string        `help:"The espeak-ng program." default:"espeak-ng"`
	Studio studio.Config `embed:""`
	Output string        `help:"text for people, json for programs." enum:"text,json" default:"text" short:"o"`
}

// Help is shown below the flags.
func (verifyCommand) Help() string {
	return `It renders the video again from the storyboard in its manifest, without any cache, and compares the SHA-256 of every
file. Equal versions of everything give equal bytes. What differs is told, versions first; the exit code is then 3.
Without pictures of the web, no network is needed.`
}

// maxManifest bounds a manifest, in bytes.
const maxManifest = 16 << 20

// Run verifies a video.
func (c verifyCommand) Run(env *environment) error {
	m, err := c.manifest(env.ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sheetreel-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	video, found := filepath.Join(dir, "video"), filepath.Join(dir, "assets")
	if err := os.Mkdir(video, 0o700); err != nil {
		return err
	}
	store, err := assets.Open(assets.Config{Dir: found}, assets.Deps{Measure: clip.Measure})
	if err != nil {
		return err
	}
	by := env.render.provider
	if by == nil {
		by = studio.New(c.Studio, studio.Deps{Speech: espeak.New(c.Espeak)})
	}
	differences, err := render.Verify(env.ctx, m, by, store, video)
	if err != nil {
		return err
	}
	if err := c.tell(env, m, differences); err != nil {
		return err
	}
	if len(differences) > 0 {
		return exitCode(exitFailed)
	}
	return nil
}

func (c verifyCommand) tell(env *environment, m *renderv1.Manifest, differences []render.Difference) error {
	if c.Output == "json" {
		return env.document(map[string]any{"reproduced": len(differences) == 0, "differences": differences})
	}
	lines := report.Quality(m)
	if len(differences) == 0 {
		return env.say(append(lines, fmt.Sprintf("reproduced: all %d files are the same, byte by byte", len(m.GetFiles())))...)
	}
	lines = append(lines, "not reproduced:")
	for _, d := range differences {
		lines = append(lines, fmt.Sprintf("  %s %s: was %s, is %s", d.Kind, columns.Clean(d.Name), orNone(d.Was), orNone(d.Is)))
	}
	return env.say(lines...)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return columns.Clean(text)
}

// manifest reads the manifest from where the argument says.
func (c verifyCommand) manifest(ctx context.Context) (*renderv1.Manifest, error) {
	info, err := os.Stat(c.Video)
	switch {
	case err == nil && info.IsDir():
		return manifestOf(c.Video)
	case err == nil:
		text, err := readManifest(c.Video)
		return parsed(c.Video, text, err)
	case strings.HasPrefix(c.Video, "projects/"):
		text, err := fetchManifest(ctx, client.Links{Base: c.HTTP}.Artifact(c.Video, "manifest.json"))
		return parsed(c.Video, text, err)
	}
	return nil, err
}

// manifestOf reads the manifest in a folder.
func manifestOf(folder string) (*renderv1.Manifest, error) {
	text, err := readManifest(filepath.Join(folder, "manifest.json"))
	return parsed(folder, text, err)
}

func parsed(of string, text []byte, err error) (*renderv1.Manifest, error) {
	if err != nil {
		return nil, err
	}
	m := &renderv1.Manifest{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("manifest of %s: %w", of, err)
	}
	return m, nil
}

func readManifest(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return bounded(file)
}

func fetchManifest(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callBound)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	reply, err := download.NewClient().Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, reply.Status)
	}
	return bounded(reply.Body)
}

func bounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = errors.New("the manifest is too long")
	}
	return text, err
}
