package rival

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"

	"github.com/sheetreel/sheetreel/bench/render/sample"
)

func work(t *testing.T) Work {
	t.Helper()
	sb, err := sample.Storyboard(sample.Quick(), false)
	if err != nil {
		t.Fatal(err)
	}
	sb.GetScenes()[0].Words = []*storyboardv1.TimedWord{
		{Text: "Cats", Start: durationpb.New(1e8), End: durationpb.New(4e8)}, {Text: "land.", Start: durationpb.New(4e8), End: durationpb.New(9e8)},
	}
	return Work{Folder: t.TempDir(), Storyboard: sb, Size: sample.Quick()}
}

func TestSubtitlesFollowTheVoice(t *testing.T) {
	text := work(t).script().subtitles()
	for _, want := range []string{
		"PlayResX: 360\nPlayResY: 640\n",
		`0:00:00.10,0:00:00.40,Caption,{\c&HFFF57C&}Cats{\c&HFFFFFF&} land.`,
		`0:00:00.40,0:00:02.00,Caption,Cats {\c&HFFF57C&}land.{\c&HFFFFFF&}`,
		`Headline,{\fad(300,200)}Cats {\c&HFFF57C&}land{\c&HFFFFFF&} well`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestScriptIsWritten(t *testing.T) {
	w := work(t)
	path, err := w.writeScript()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || filepath.Dir(path) != w.Folder || !strings.Contains(string(data), `"frames":150`) {
		t.Errorf("%s: %s, %v", path, data, err)
	}
	if _, err := Editly(t.Context(), w); err == nil {
		t.Error("a rival that is not installed ran")
	}
}
