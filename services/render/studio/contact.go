package studio

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"strings"
	"time"

	"github.com/rivo/uniseg"
	pixels "golang.org/x/image/draw"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

const (
	contactFile  = "contact-sheet.jpg"
	maxTiles     = 60 // of longer videos, the first scenes are shown
	tilesAcross  = 5
	wideAcross   = 3 // of pictures that are wider than high
	tileGap      = 24
	tileText     = 78 // height of what stands below a still
	timeSize     = 15
	contactSize  = 17
	contactLines = 2
	contactCells = 58 // as much text as is well read in two lines; a wide character takes two
)

// The colours of contact sheets.
func contactGround() color.Color { return color.RGBA{0x15, 0x17, 0x1c, 0xff} }
func contactInk() color.Color    { return color.RGBA{0xf2, 0xf3, 0xf5, 0xff} }
func contactFaint() color.Color  { return color.RGBA{0x9a, 0xa1, 0xad, 0xff} }

// contact draws the contact sheet: one still of each scene, with its time and what is said.
func (t *take) contact(sb *storyboardv1.Storyboard, fonts *typeset.Library) error {
	scenes := sb.GetScenes()[:min(len(sb.GetScenes()), maxTiles)]
	var page *image.RGBA
	across, w, h := 0, 0, 0
	setter := fonts.Setter(sb.GetNarrator().GetLanguage())
	for i, scene := range scenes {
		still, err := loadStill(t.path(stillFile(i)))
		if err != nil {
			return err
		}
		if page == nil {
			w, h = still.Bounds().Dx(), still.Bounds().Dy()
			across = tilesAcross
			if w > h {
				across = wideAcross
			}
			across = min(across, len(scenes))
			rows := (len(scenes) + across - 1) / across
			page = image.NewRGBA(image.Rect(0, 0, tileGap+across*(w+tileGap), tileGap+rows*(h+tileText+tileGap)))
			pixels.Draw(page, page.Rect, image.NewUniform(contactGround()), image.Point{}, pixels.Src)
		}
		x, y := tileGap+i%across*(w+tileGap), tileGap+i/across*(h+tileText+tileGap)
		pixels.Draw(page, image.Rect(x, y, x+w, y+h), still, still.Bounds().Min, pixels.Src)
		begin, end := scene.GetStart().AsDuration(), scene.GetStart().AsDuration()+scene.GetDuration().AsDuration()
		label := fmt.Sprintf("%d   %s – %s", i+1, clock(begin), clock(end))
		if err := write(page, setter, label, typeset.Medium, typeset.Box{Width: float64(w), Height: 2 * timeSize, MaxLines: 1, Max: timeSize, Min: timeSize, Leading: 1.2}, x, y+h+8, contactFaint()); err != nil {
			return err
		}
		box := typeset.Box{Width: float64(w), Height: 3 * contactSize, MaxLines: contactLines, Max: contactSize, Min: contactSize - 3, Leading: 1.25}
		if err := write(page, setter, said(scene), typeset.SemiBold, box, x, y+h+30, contactInk()); err != nil {
			return err
		}
	}
	return saveContact(t.path(contactFile), page)
}

// said is what a scene says, or shows when it says nothing.
func said(s *storyboardv1.Scene) string {
	text := s.GetNarration()
	if text == "" {
		text = strings.ReplaceAll(s.GetHeadline(), "*", "")
	}
	if uniseg.StringWidth(text) <= contactCells {
		return text
	}
	var short strings.Builder
	for all, used := uniseg.NewGraphemes(text), 0; all.Next() && used+all.Width() < contactCells; used += all.Width() {
		short.WriteString(all.Str())
	}
	return strings.TrimRight(short.String(), " ,;:") + "…"
}

// clock writes a time in a video, such as 1:05.2.
func clock(d time.Duration) string {
	tenths := int(d.Round(100*time.Millisecond) / (100 * time.Millisecond))
	return fmt.Sprintf("%d:%02d.%d", tenths/600, tenths/10%60, tenths%10)
}

// write sets text below a still.
func write(page *image.RGBA, setter *typeset.Setter, text string, weight typeset.Weight, box typeset.Box, x, y int, ink color.Color) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	p, err := setter.Shape(text, typeset.Style{Font: typeset.Font{Family: typeset.Text, Weight: weight}})
	if err != nil {
		return err
	}
	block := p.Fit(box)
	width, height := int(box.Width), int(block.Height())+int(block.Size)
	mask := draw.Path(width, height, func(pen typeset.Pen) {
		for i, line := range block.Lines {
			left := 0.0
			if p.RightToLeft {
				left = box.Width - line.Width
			}
			for _, g := range line.Glyphs {
				g.Outline(pen, left, block.Baseline(i))
			}
		}
	})
	alpha := &image.Alpha{Pix: mask.Pix, Stride: mask.W, Rect: image.Rect(0, 0, mask.W, mask.H)}
	pixels.DrawMask(page, image.Rect(x, y, x+width, y+height), image.NewUniform(ink), image.Point{}, alpha, image.Point{}, pixels.Over)
	return nil
}

func loadStill(path string) (image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return jpeg.Decode(file)
}

func saveContact(path string, page image.Image) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return jpeg.Encode(file, page, &jpeg.Options{Quality: posterQuality})
}
