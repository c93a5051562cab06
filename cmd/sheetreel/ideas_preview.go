package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"google.golang.org/protobuf/encoding/protojson"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

type previewCommand struct {
	clientFlags
	Title      string `arg:"" optional:"" help:"Title of an idea; its script is --script."`
	Script     string `help:"What is said." placeholder:"TEXT"`
	Style      string `help:"modern, classic, minimal, corporate or bold." placeholder:"STYLE"`
	Ratio      string `help:"9:16, 1:1, 16:9 or 4:5." placeholder:"RATIO"`
	Sheet      string `help:"Take the idea from this sheet, which is given as in \"ideas check\"." placeholder:"SHEET"`
	Row        int    `help:"Its row number in the sheet; 0 is the first that is fine." default:"0"`
	Storyboard string `help:"Show this storyboard, a JSON file such as a preview writes." type:"existingfile" placeholder:"FILE"`
	User       string `help:"Who asks, for quotas and fairness." default:"default"`
	Size       int    `help:"Pixels of the pictures' short side, 144 to 720." default:"360"`
	Resolution int    `help:"Pixels of the video's short side: 360, 480, 720, 1080 or 2160." default:"720"`
	Template   string `help:"explainer, listicle, quote or image; found by the idea when empty." placeholder:"NAME"`
	Out        string `help:"Folder for the pictures and the storyboard; none are written when it is empty." placeholder:"FOLDER" type:"path"`
}

// maxStoryboard bounds a storyboard's file, in bytes.
const maxStoryboard = 1 << 20

// Run shows an idea.
func (c previewCommand) Run(env *environment) error {
	return c.with(func(cl *client.Client) error {
		ctx, cancel := context.WithTimeout(env.ctx, checkBound)
		defer cancel()
		idea, err := c.idea(ctx, cl)
		if err != nil {
			return err
		}
		preview, err := cl.Render.PreviewIdea(ctx, &renderv1.PreviewIdeaRequest{
			Parent: client.Project(c.Project), Idea: idea, Resolution: int32(c.Size),
			RenderOptions: &schedulerv1.RenderOptions{Resolution: int32(c.Resolution), Template: c.Template},
		})
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := writePreview(c.Out, preview); err != nil {
				return err
			}
		}
		if c.json() {
			return env.document(preview.GetPlan())
		}
		return env.say(report.Plan(preview.GetPlan(), env.width())...)
	})
}

// idea is what the flags name: exactly one of a title, a sheet's row and a storyboard.
func (c previewCommand) idea(ctx context.Context, cl *client.Client) (*ingestv1.Idea, error) {
	given := 0
	for _, text := range []string{c.Title + c.Script, c.Sheet, c.Storyboard} {
		if text != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, errors.New("give a title or script, or --sheet, or --storyboard")
	case c.Sheet != "":
		return c.row(ctx, cl)
	case c.Storyboard == "":
		return &ingestv1.Idea{Title: c.Title, Script: c.Script, Style: c.Style, AspectRatio: c.Ratio}, nil
	}
	info, err := os.Stat(c.Storyboard)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxStoryboard {
		return nil, fmt.Errorf("%s: has %d bytes; a storyboard has at most %d", c.Storyboard, info.Size(), maxStoryboard)
	}
	text, err := os.ReadFile(c.Storyboard)
	if err != nil {
		return nil, err
	}
	sb := &storyboardv1.Storyboard{}
	if err := protojson.Unmarshal(text, sb); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Storyboard, err)
	}
	return &ingestv1.Idea{Storyboard: sb}, nil
}

// row reads the sheet until it comes to the row.
func (c previewCommand) row(ctx context.Context, cl *client.Client) (*ingestv1.Idea, error) {
	source, err := sheetFlags{Sheet: c.Sheet, Level: "moderate", Format: "detect", User: c.User}.source(ctx, c.clientFlags)
	if err != nil {
		return nil, err
	}
	request := &ingestv1.CheckIdeasRequest{Parent: client.Project(c.Project), Source: source, User: c.User}
	for {
		page, err := cl.Ingest.CheckIdeas(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, idea := range page.GetIdeas() {
			if c.Row == 0 || int(idea.GetRowNumber()) == c.Row {
				return idea, nil
			}
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return nil, fmt.Errorf("row %d is not among the rows that are fine; \"sheetreel ideas check\" says why", c.Row)
		}
	}
}

// fileWord is what a scene's name may be to become a part of a file's name.
var fileWord = regexp.MustCompile(`^[a-z0-9_-]{1,63}$`)

// writePreview writes a picture for each scene and the storyboard.
func writePreview(folder string, p *renderv1.PreviewIdeaResponse) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for i, frame := range p.GetFrames() {
		name := fmt.Sprintf("%02d.jpg", i+1)
		if fileWord.MatchString(frame.GetSceneId()) {
			name = fmt.Sprintf("%02d-%s.jpg", i+1, frame.GetSceneId())
		}
		if err := os.WriteFile(filepath.Join(folder, name), frame.GetData(), 0o644); err != nil {
			return err
		}
	}
	text, err := protojson.MarshalOptions{Multiline: true, Indent: "  "}.Marshal(p.GetPlan().GetStoryboard())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "storyboard.json"), append(text, '\n'), 0o644)
}
