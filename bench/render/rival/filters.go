package rival

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sheetreel/sheetreel/bench/render/tree"
)

// fade is how long one background changes into the next, in seconds.
const fade = 0.4

// Filters renders with one graph of ffmpeg's filters: stills that zoom, crossfades, and libass for headlines and captions
// with the spoken word in another colour.
func Filters(ctx context.Context, w Work) (tree.Usage, error) {
	if err := w.stills(); err != nil {
		return tree.Usage{}, err
	}
	s := w.script()
	if err := os.WriteFile(filepath.Join(w.Folder, "words.ass"), []byte(s.subtitles()), 0o600); err != nil {
		return tree.Usage{}, err
	}
	args := []string{"-nostdin", "-v", "error", "-y"}
	for i := range s.Scenes {
		args = append(args, "-i", fmt.Sprintf("still-%d.png", i))
	}
	args = append(args, "-i", w.Sound, "-filter_complex", s.graph(), "-map", "[v]", "-map", strconv.Itoa(len(s.Scenes))+":a",
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-frames:v", strconv.Itoa(s.Frames), "-c:a", "copy", "-movflags", "+faststart", w.File("filters"))
	return tree.Run(ctx, tree.Command{Path: "ffmpeg", Args: args, Dir: w.Folder})
}

// graph zooms each still, lets one change into the next, and writes the words.
func (s script) graph() string {
	var g strings.Builder
	for i, scene := range s.Scenes {
		frames := int(math.Round((scene.Duration + fade) * float64(s.FPS)))
		fmt.Fprintf(&g, "[%d:v]zoompan=z='1+0.1*on/%d':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=%d:s=%dx%d:fps=%d,format=yuv420p[s%d];",
			i, frames, frames, s.Width, s.Height, s.FPS, i)
	}
	last := "s0"
	for i := 1; i < len(s.Scenes); i++ {
		fmt.Fprintf(&g, "[%s][s%d]xfade=transition=fade:duration=%g:offset=%g[x%d];", last, i, fade, s.Scenes[i].Start, i)
		last = fmt.Sprint("x", i)
	}
	fmt.Fprintf(&g, "[%s]ass=words.ass[v]", last)
	return g.String()
}

// subtitles are the headlines and captions. A caption is said again for each of its words.
func (s script) subtitles() string {
	size := func(pixels float64) int { return int(math.Round(pixels * float64(s.Width) / 1080)) }
	text := fmt.Sprintf("[Script Info]\nScriptType: v4.00+\nPlayResX: %d\nPlayResY: %d\n\n", s.Width, s.Height)
	text += "[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV\n"
	const style = "Style: %s,Inter,%d,&H00FFFFFF,&H00180C0E,&H80000000,-1,1,%d,%d,%d,%d,%d,%d\n"
	text += fmt.Sprintf(style, "Headline", size(110), 0, size(6), 7, size(108), size(108), size(336))
	text += fmt.Sprintf(style, "Caption", size(76), size(6), 0, 2, size(108), size(108), size(540))
	text += "\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
	for _, scene := range s.Scenes {
		end := scene.Start + scene.Duration
		text += event(scene.Start+0.14, end, "Headline", `{\fad(300,200)}`+headline(scene.Headline))
		for i, w := range scene.Words {
			until := scene.Duration
			if i+1 < len(scene.Words) {
				until = scene.Words[i+1].Start
			}
			text += event(scene.Start+w.Start, scene.Start+until, "Caption", scene.caption(i))
		}
	}
	return text
}

// headline colours the emphasised word.
func headline(text string) string {
	for i := range 2 {
		text = strings.Replace(text, "*", []string{`{\c&HFFF57C&}`, `{\c&HFFFFFF&}`}[i], 1)
	}
	return text
}

// caption is the page of four words around word i, which is coloured.
func (s scene) caption(i int) string {
	var words []string
	for k := i / 4 * 4; k < min(i/4*4+4, len(s.Words)); k++ {
		text := s.Words[k].Text
		if k == i {
			text = `{\c&HFFF57C&}` + text + `{\c&HFFFFFF&}`
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

func event(from, to float64, style, text string) string {
	return fmt.Sprintf("Dialogue: 0,%s,%s,%s,%s\n", stamp(from), stamp(to), style, text)
}

func stamp(t float64) string {
	hundredths := int(math.Round(t * 100))
	return fmt.Sprintf("%d:%02d:%02d.%02d", hundredths/360000, hundredths/6000%60, hundredths/100%60, hundredths%100)
}

// stills writes a background for each scene.
func (w Work) stills() error {
	width, height := int(w.Size.Width), int(w.Size.Height)
	for i := range w.Storyboard.GetScenes() {
		img := image.NewRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				u, v := float64(x)/float64(width), float64(y)/float64(height)
				glow := math.Exp(-8 * ((u-0.8)*(u-0.8) + (v-0.2-0.15*float64(i))*(v-0.2-0.15*float64(i))))
				img.SetRGBA(x, y, color.RGBA{uint8(18 + 40*v + 150*glow), uint8(6 + 9*v + 60*glow), uint8(31 + 63*v + 90*glow), 255})
			}
		}
		file, err := os.Create(filepath.Join(w.Folder, fmt.Sprintf("still-%d.png", i)))
		if err != nil {
			return err
		}
		if err := errors.Join(png.Encode(file, img), file.Close()); err != nil {
			return err
		}
	}
	return nil
}
