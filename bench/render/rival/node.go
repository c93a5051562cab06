package rival

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/sheetreel/sheetreel/bench/render/tree"
)

// Remotion renders with React and a browser; when frames is more than 0, only so many.
func Remotion(ctx context.Context, w Work, frames int) (tree.Usage, error) {
	dir, err := w.installed("remotion")
	if err != nil {
		return tree.Usage{}, err
	}
	browser, err := browser()
	if err != nil {
		return tree.Usage{}, err
	}
	script, err := w.writeScript()
	if err != nil {
		return tree.Usage{}, err
	}
	args := []string{filepath.Join(dir, "render.mjs"), script, browser, w.Sound, w.File("remotion")}
	if frames > 0 {
		args = append(args, strconv.Itoa(frames))
	}
	return tree.Run(ctx, tree.Command{Path: "node", Args: args, Dir: dir})
}

// Editly renders with canvas and headless GL.
func Editly(ctx context.Context, w Work) (tree.Usage, error) {
	dir, err := w.installed("editly")
	if err != nil {
		return tree.Usage{}, err
	}
	script, err := w.writeScript()
	if err != nil {
		return tree.Usage{}, err
	}
	return tree.Run(ctx, tree.Command{Path: "node", Args: []string{filepath.Join(dir, "render.mjs"), script, w.Sound, w.File("editly")}, Dir: dir})
}

// File is the video of a rival.
func (w Work) File(name string) string { return filepath.Join(w.Folder, name+".mp4") }

func (w Work) installed(name string) (string, error) {
	dir, err := filepath.Abs(filepath.Join(w.Rivals, name))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".ready")); err != nil {
		return "", ErrMissing
	}
	return dir, nil
}

// browser finds a browser without a window.
func browser() (string, error) {
	for _, name := range []string{"chromium-headless-shell", "chromium"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no browser: install chromium-headless-shell")
}
