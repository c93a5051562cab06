package render

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// TestVerify makes a video again whose manifest is true, and ones whose versions and files are otherwise.
func TestVerify(t *testing.T) {
	sb := &storyboardv1.Storyboard{Title: "Cats", Scenes: []*storyboardv1.Scene{{Headline: "Cats"}}}
	by := newFakeProvider(nil)
	made, err := by.Render(context.Background(), provider.Request{Storyboard: sb, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	m := &renderv1.Manifest{Provider: "fake", Storyboard: sb, Versions: versions(made.Versions)}
	for _, f := range filesOf(made) {
		sum, err := fileDigest(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		m.Files = append(m.Files, &renderv1.ManifestFile{FileName: f.Name, Sha256: sum})
	}
	verify := func() []Difference {
		t.Helper()
		got, err := Verify(t.Context(), m, by, nil, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := verify(); len(got) > 0 {
		t.Errorf("differs: %v", got)
	}
	truth := m.Files[0].Sha256
	m.Versions["fake"], m.Files[0].Sha256 = "0", "beef"
	m.Inputs = map[string]string{"https://example.com/cat.png": "cafe"}
	want := []Difference{{"version", "fake", "0", "1"}, {"input", "https://example.com/cat.png", "cafe", ""}, {"file", "video.mp4", "beef", truth}}
	if d := cmp.Diff(want, verify()); d != "" {
		t.Errorf("differences (-want +got):\n%s", d)
	}
	m.Provider = "runway"
	if _, err := Verify(t.Context(), m, by, nil, t.TempDir()); err == nil {
		t.Error("a video that was bought was made again")
	}
}
