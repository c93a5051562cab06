// Command looks renders stills of sample storyboards in every style and shape of picture, and puts them on one sheet
// a style. The sheets are for eyes: they stand in the documentation, and whoever changes the look compares them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/draw"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/art"
	frames "github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

func main() {
	out := flag.String("out", "docs/images", "folder of the sheets")
	arts := flag.String("art", ".cache/art", "folder of the illustrations")
	fonts := flag.String("fonts", "/usr/local/share/fonts,/usr/share/fonts", "folders of the fonts")
	only := flag.String("style", "", "one style instead of all")
	width := flag.Int("width", 1200, "pixels across")
	quality := flag.Int("quality", 66, "of the JPEG files")
	flag.Parse()
	library, err := typeset.Open(strings.Split(*fonts, ","))
	if err == nil {
		for _, style := range look.Styles() {
			if *only != "" && *only != style.Name {
				continue
			}
			from := film.Sources{Fonts: library, Art: art.Open([]string{*arts}), Media: paintings}
			if err = sheet(style.Name, from, *width, *quality, *out); err != nil {
				break
			}
		}
	}
	if err == nil && *only == "" {
		err = overview(film.Sources{Fonts: library, Art: art.Open([]string{*arts}), Media: paintings}, *quality, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "looks:", err)
		os.Exit(1)
	}
}

// sheet renders all samples in one style.
func sheet(style string, from film.Sources, width, quality int, out string) error {
	var rows []*image.RGBA
	for i, ratio := range [][2]int32{{540, 960}, {540, 540}, {960, 540}, {540, 676}, {960, 540}} {
		sample := samples()[i%len(samples())]
		row, err := strip(sample.storyboard(style, look.Palettes()[i%len(look.Palettes())].Name, ratio), from)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", style, sample.title, err)
		}
		rows = append(rows, fit(row, width))
	}
	height := 0
	for _, r := range rows {
		height += r.Rect.Dy()
	}
	page := image.NewRGBA(image.Rect(0, 0, width, height))
	y := 0
	for _, r := range rows {
		draw.Draw(page, image.Rect(0, y, width, y+r.Rect.Dy()), r, image.Point{}, draw.Src)
		y += r.Rect.Dy()
	}
	return save(filepath.Join(out, "look-"+style+".jpg"), page, quality)
}

func save(path string, page image.Image, quality int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(jpeg.Encode(file, page, &jpeg.Options{Quality: quality}), file.Close())
}

// overview puts one scene of each style side by side.
func overview(from film.Sources, quality int, out string) error {
	const w, h, gap = 270, 480, 8
	styles := look.Styles()
	page := image.NewRGBA(image.Rect(0, 0, len(styles)*(w+gap)-gap, h))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	for i, style := range styles {
		one := samples()[0]
		one.scenes = one.scenes[i : i+1]
		row, err := strip(one.storyboard(style.Name, look.Palettes()[(i*2)%5].Name, [2]int32{720, 1280}), from)
		if err != nil {
			return err
		}
		at := image.Rect(i*(w+gap), 0, i*(w+gap)+w, h)
		draw.CatmullRom.Scale(page, at, row, image.Rect(edge, edge, edge+720, edge+1280), draw.Src, nil)
	}
	return save(filepath.Join(out, "frames.jpg"), page, quality+15)
}

// edge is what is left free around a still.
const edge = 12

// strip puts the still of every scene side by side.
func strip(sb *storyboardv1.Storyboard, from film.Sources) (*image.RGBA, error) {
	f, err := film.New(sb, from)
	if err != nil {
		return nil, err
	}
	const gap = edge
	w, h := int(sb.GetCanvas().GetWidth()), int(sb.GetCanvas().GetHeight())
	row := image.NewRGBA(image.Rect(0, 0, f.Chunks()*(w+gap)+gap, h+2*gap))
	draw.Draw(row, row.Rect, image.NewUniform(color.Gray{40}), image.Point{}, draw.Src)
	frame := frames.NewFrame(w, h)
	for i := range f.Chunks() {
		chunk := f.Chunk(i)
		chunk.Paint(f.Still(i), frame)
		if err := chunk.Close(); err != nil {
			return nil, err
		}
		at := image.Rect(gap+i*(w+gap), gap, gap+i*(w+gap)+w, gap+h)
		draw.Draw(row, at, frame.Image(), image.Point{}, draw.Src)
	}
	return row, nil
}

// fit scales a strip to a width.
func fit(img *image.RGBA, width int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, width, img.Rect.Dy()*width/img.Rect.Dx()))
	draw.CatmullRom.Scale(out, out.Rect, img, img.Rect, draw.Src, nil)
	return out
}
