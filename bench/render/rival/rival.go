// Package rival makes the sample video with other systems: a graph of ffmpeg's own filters, Remotion, editly. All get
// the storyboard with the true times of its words, and the finished sound track, which they need not make.
package rival

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"

	"github.com/sheetreel/sheetreel/bench/render/sample"
)

// Work is what a rival gets.
type Work struct {
	Folder     string // for all that it makes
	Storyboard *storyboardv1.Storyboard
	Size       sample.Size
	Sound      string // a video with the sound track
	// Rivals is the folder in which they are installed.
	Rivals string
}

// ErrMissing says that a rival is not installed.
var ErrMissing = errors.New("not installed; bench/render/rivals/setup.sh installs it")

// script is the storyboard for programs in JavaScript. Words have times from the start of their scene.
type script struct {
	Width  int32   `json:"width"`
	Height int32   `json:"height"`
	FPS    int32   `json:"fps"`
	Frames int     `json:"frames"`
	Scenes []scene `json:"scenes"`
}

type scene struct {
	Headline string  `json:"headline"`
	Emoji    string  `json:"emoji"`
	Start    float64 `json:"start"`
	Duration float64 `json:"duration"`
	Words    []word  `json:"words"`
}

type word struct {
	Text  string  `json:"text"`
	Start float64 `json:"start"`
	End   float64 `json:"end"`
}

func (w Work) script() script {
	s := script{Width: w.Size.Width, Height: w.Size.Height, FPS: w.Size.Rate, Frames: w.Size.Frames()}
	for _, from := range w.Storyboard.GetScenes() {
		one := scene{
			Headline: from.GetHeadline(), Emoji: from.GetHero().GetEmoji(),
			Start: from.GetStart().AsDuration().Seconds(), Duration: from.GetDuration().AsDuration().Seconds(),
		}
		for _, t := range from.GetWords() {
			one.Words = append(one.Words, word{t.GetText(), t.GetStart().AsDuration().Seconds(), t.GetEnd().AsDuration().Seconds()})
		}
		s.Scenes = append(s.Scenes, one)
	}
	return s
}

// writeScript writes the storyboard for programs in JavaScript.
func (w Work) writeScript() (path string, err error) {
	data, err := json.Marshal(w.script())
	if err != nil {
		return "", err
	}
	path = filepath.Join(w.Folder, "script.json")
	return path, os.WriteFile(path, data, 0o600)
}
