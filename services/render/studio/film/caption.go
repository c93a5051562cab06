package film

import (
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// caption is the spoken text of a scene, page by page.
type caption struct {
	film   *Film
	scheme look.Scheme
	room   look.Area
	pages  []setPage
	end    float64 // of the scene, when it leaves; 0 is never
}

// captionPart paints a caption.
type captionPart struct {
	*caption
	drawn drawnPage
}

// setPage is a page whose text is set.
type setPage struct {
	page
	paragraph *typeset.Paragraph
	block     typeset.Block
}

// Columns of a page: below a headline, and alone.
const (
	columnsBelow = 28
	columnsWide  = 40
	columnsAlone = 64
)

// setCaption cuts and shapes the words of a scene; size is set later for all scenes alike.
func (f *Film) setCaption(sc *scene, s *storyboardv1.Scene, seen bool, room look.Area, setter *typeset.Setter) (*caption, error) {
	c := &caption{film: f, scheme: sc.scheme, room: room, end: sc.end}
	if !seen {
		return c, nil
	}
	lang, cells := f.storyboard.GetNarrator().GetLanguage(), columnsBelow
	switch {
	case c.alone():
		cells = columnsAlone
	case f.stage.W > f.stage.H*1.3:
		cells = columnsWide
	}
	edit := glue
	if f.style.Caption.Upper {
		edit = func(s string) string { return glue(upper(s, lang)) }
	}
	for _, page := range paginate(s.GetWords(), cells, sc.length, edit) {
		style := typeset.Style{Font: f.style.Caption.Font}
		if f.style.Caption.Mark == look.Pill || f.style.Caption.Mark == look.Strip {
			style.WordSpacing = 0.1 // room for the plate of the spoken word
		}
		p, err := f.shape(setter, page.text, style)
		if err != nil {
			return nil, err
		}
		c.pages = append(c.pages, setPage{page: page, paragraph: p})
	}
	return c, nil
}

// fit sets all pages, none larger than limit, and gives the smallest size that was needed.
func (c *caption) fit(limit float64) float64 {
	size := limit
	for i := range c.pages {
		p := &c.pages[i]
		p.block = p.paragraph.Fit(c.box(size))
		size = min(size, p.block.Size)
	}
	return size
}

func (c *caption) box(limit float64) typeset.Box {
	style, scale := c.film.style.Caption, c.film.stage.Scale
	pad := 0.0
	if style.Card {
		pad = 2 * cardSide * scale
	}
	box := typeset.Box{
		Width: c.room.W - pad, Height: c.room.H - pad*0.6, MaxLines: 2,
		Max: limit, Min: min(limit, style.Min*scale), Leading: 1.26,
	}
	if c.alone() {
		box.MaxLines = 5
	}
	return box
}

func (c *caption) alone() bool { return c.room == c.film.stage.Reading }

// full says whether a page is in place at a time and a word is marked.
func (c *caption) full(t float64) bool {
	p := c.at(t)
	return p != nil && t > p.from+0.15 && p.active(t) >= 0
}

func (c *caption) at(t float64) *setPage {
	for i := range c.pages {
		if p := &c.pages[i]; t >= p.from && t < p.to {
			return p
		}
	}
	return nil
}

func (c *captionPart) paint(f *draw.Frame, t float64) {
	p := c.at(t)
	if p == nil {
		return
	}
	if c.drawn.page != p {
		c.drawn = drawnPage{page: p, whole: c.drawPage(p), marked: make([]*print, len(p.words))}
	}
	opacity := smooth((t - p.from) / 0.1)
	if c.end > 0 {
		opacity *= 1 - smooth((t-c.end+leaveTime)/leaveTime)
	}
	c.drawn.whole.blend(f, 0, opacity)
	now := p.active(t)
	first := now
	if c.film.style.Caption.Mark == look.Ink {
		first = 0 // what has been said stays in full ink
	}
	for i := max(first, 0); i <= now; i++ {
		if c.drawn.marked[i] == nil {
			m := c.drawWord(p, p.words[i])
			c.drawn.marked[i] = &m
		}
		c.drawn.marked[i].blend(f, 0, opacity)
	}
}

// drawnPage is the page that was painted last.
type drawnPage struct {
	page   *setPage
	whole  print
	marked []*print
}
