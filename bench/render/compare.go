package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/sheetreel/sheetreel/bench/render/part"
	"github.com/sheetreel/sheetreel/bench/render/sample"
)

// compareFrames says how close the studio's video is to the frames that were composed.
func (r *results) compareFrames(ctx context.Context) error {
	ssim, err := r.ssim(ctx, r.job.VideoFile(part.Warm))
	if err != nil {
		return err
	}
	fmt.Printf("  SSIM of the studio's video %.4f, of 1 for what was composed\n", ssim)
	for i := range sample.Scenes { // rivals shall have the memory
		if err := os.Remove(r.job.RawFile(i)); err != nil {
			return err
		}
	}
	return nil
}

// ssim compares a video with the frames.
func (r *results) ssim(ctx context.Context, video string) (float64, error) {
	var frames []io.Reader
	for i := range sample.Scenes {
		file, err := os.Open(r.job.RawFile(i))
		if err != nil {
			return 0, err
		}
		defer file.Close()
		frames = append(frames, file)
	}
	s := r.job.Size
	cmd := exec.CommandContext(ctx, "ffmpeg", "-hide_banner", "-i", video, "-f", "rawvideo", "-pix_fmt", "yuv420p",
		"-video_size", fmt.Sprintf("%dx%d", s.Width, s.Height), "-framerate", strconv.Itoa(int(s.Rate)), "-i", "pipe:0",
		"-lavfi", "[0:v][1:v]ssim", "-f", "null", "-")
	cmd.Stdin = io.MultiReader(frames...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("ssim: %w: %s", err, out)
	}
	return parseSSIM(string(out))
}

// parseSSIM finds the value in what ffmpeg says at its end.
func parseSSIM(text string) (float64, error) {
	found := regexp.MustCompile(`SSIM .*All:([0-9.]+)`).FindStringSubmatch(text)
	if found == nil {
		return 0, errors.New("ffmpeg told no SSIM")
	}
	return strconv.ParseFloat(found[1], 64)
}

// keepVideos copies the videos out of the folder, which is removed, if it is wanted.
func (r *results) keepVideos(context.Context) error {
	if r.keep == "" {
		return nil
	}
	videos, err := filepath.Glob(filepath.Join(r.job.Folder, "*.mp4"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.keep, 0o700); err != nil {
		return err
	}
	for _, path := range videos {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.keep, filepath.Base(path)), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
