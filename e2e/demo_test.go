package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDemo renders the sample sheet as `make demo` does, only smaller, and once more.
func TestDemo(t *testing.T) {
	data, out := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "out")
	args := []string{
		"demo", "--sheet", filepath.Join(root, "examples", "ideas.csv"), "--data", data, "--out", out,
		"--resolution", "360", "--fps", "12",
	}
	said := mustRun(t, "sheetreel", args...)
	t.Logf("the demo said:\n%s", said)

	// What the sample sheet asks for, by the folder's number: the row of the sheet.
	ratios := map[string]string{
		"02": "9:16", "03": "9:16", "04": "1:1", "05": "16:9", "07": "9:16",
		"08": "9:16", "09": "4:5", "10": "9:16", "11": "1:1", "13": "16:9",
	}
	found := map[string]string{}
	for _, folder := range folders(t, out) {
		row, _, _ := strings.Cut(folder, "-")
		manifest := checkVideo(t, filepath.Join(out, folder))
		canvas := manifest.GetStoryboard().GetCanvas()
		found[row] = canvas.GetAspectRatio()
		if got := ratio(canvas.GetWidth(), canvas.GetHeight()); got != canvas.GetAspectRatio() {
			t.Errorf("%s has %dx%d pixels, which is %s; want %s", folder, canvas.GetWidth(), canvas.GetHeight(), got, canvas.GetAspectRatio())
		}
	}
	if diff := cmp.Diff(ratios, found); diff != "" {
		t.Errorf("aspect ratios by row (-want +got):\n%s", diff)
	}
	checkReported(t, said)

	before := versions(t, out)
	again := mustRun(t, "sheetreel", args...)
	t.Logf("the second demo said:\n%s", again)
	if !strings.Contains(again, "nothing is rendered again") {
		t.Error("the second run does not say that nothing is rendered again")
	}
	checkReported(t, again)
	if diff := cmp.Diff(before, versions(t, out)); diff != "" {
		t.Errorf("the second run changed files (-before +after):\n%s", diff)
	}
}

// checkReported checks that the two rows that are wrong on purpose are named with cell and reason.
func checkReported(t *testing.T, said string) {
	t.Helper()
	for _, want := range []*regexp.Regexp{
		regexp.MustCompile(`(?mi)^row 6, cell B6: .*title.*`),
		regexp.MustCompile(`(?mi)^row 12, cell I12: .*soon.*`),
	} {
		if !want.MatchString(said) {
			t.Errorf("no line matches %s", want)
		}
	}
}

// folders lists the folders in a folder.
func folders(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// versions tells for each file below a folder when it was written.
func versions(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 10*len(fileNames) {
		t.Errorf("%d files in %s; want %d", len(files), dir, 10*len(fileNames))
	}
	written := map[string]time.Time{}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		written[file] = info.ModTime()
	}
	return written
}

// ratio reduces a size to the aspect ratio with the smallest difference, which must be below two percent.
func ratio(width, height int32) string {
	got := float64(width) / float64(height)
	known := []struct{ w, h float64 }{{9, 16}, {1, 1}, {16, 9}, {4, 5}}
	i := slices.IndexFunc(known, func(k struct{ w, h float64 }) bool {
		off := got / (k.w / k.h)
		return off > 0.98 && off < 1.02
	})
	if i < 0 {
		return fmt.Sprintf("%d:%d", width, height)
	}
	return fmt.Sprintf("%g:%g", known[i].w, known[i].h)
}
