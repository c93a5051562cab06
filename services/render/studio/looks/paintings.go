package main

import (
	"image"
	"image/color"
	"math"
	"strings"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// media reads the hero of a moment.
func media(hero string) (front, back *storyboardv1.Media) {
	if name, ok := strings.CutPrefix(hero, "painting:"); ok {
		return &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: name}}, nil
	}
	if name, ok := strings.CutPrefix(hero, "background:"); ok {
		return nil, &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: name}}
	}
	if hero == "" {
		return nil, nil
	}
	return &storyboardv1.Media{Kind: &storyboardv1.Media_Emoji{Emoji: hero}}, nil
}

// paintings are landscapes that stand for the photographs of users.
func paintings(m *storyboardv1.Media) (film.Medium, bool) {
	w, h := 1200, 900
	name := m.GetImageUri()
	if name == "logo" {
		w, h = 400, 160
	}
	if name == "" {
		return film.Medium{}, false
	}
	return film.Medium{Digest: name, Width: w, Height: h, Image: func() (image.Image, error) {
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				img.SetRGBA(x, y, paint(name, float64(x)/float64(w), float64(y)/float64(h)))
			}
		}
		return img, nil
	}}, true
}

func paint(name string, x, y float64) color.RGBA {
	if name == "logo" {
		return mark(x, y)
	}
	return landscape(name, x, y)
}

// mark is the colour of a point of a made-up brand's mark: a ring and a bar.
func mark(x, y float64) color.RGBA {
	ring := math.Abs(math.Hypot((x-0.2)*2.5, y-0.5)-0.36) < 0.12
	if bar := x > 0.46 && x < 0.96 && (y > 0.2 && y < 0.42 || y > 0.58 && y < 0.8); ring || bar {
		return color.RGBA{60, 170, 250, 255}
	}
	return color.RGBA{}
}

// landscape is the colour of a point of a painting: a sun in the sky over ranges of hills, or of waves.
func landscape(name string, x, y float64) color.RGBA {
	sun := math.Hypot((x-0.68)*1.33, y-0.30)
	glow := math.Exp(-sun * sun * 9)
	r, g, b := 250-110*y*0.5+20*glow, 190+50*glow-40*y, 150+60*y+70*glow
	if sun < 0.07 {
		r, g, b = 255, 250, 225
	}
	for i := range 5 {
		d := float64(i)
		ridge := 0.46 + 0.11*d + 0.06/(1+d*0.3)*math.Sin(x*(5+3*d)+d*2.1) + 0.02*math.Sin(x*(17-2*d)+d)
		if name == "sea" {
			ridge = 0.52 + 0.09*d + 0.008*(1+d)*math.Sin(x*(30-4*d)+d*2)
		}
		if y < ridge {
			break
		}
		r, g, b = 190-38*d, 150-26*d, 160-22*d
		if name == "sea" {
			r, g, b = 120-24*d, 170-26*d, 190-22*d
		}
	}
	at := func(v float64) uint8 { return uint8(min(max(v, 0), 255)) }
	return color.RGBA{at(r), at(g), at(b), 255}
}
