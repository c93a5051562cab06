package typeset

import (
	"slices"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
)

// fallback picks the font of each character: colour emoji first where the character asks for it, then the wanted
// font, then the fonts of the script.
type fallback struct {
	setter  *Setter
	font    Font
	script  language.Script
	last    *font.Face
	missing []rune
	err     error
}

// SetScript tells the script of the characters that follow.
func (f *fallback) SetScript(script language.Script) { f.script = script }

// ResolveFace gives the face for a character. It never gives nil unless an error is kept.
func (f *fallback) ResolveFace(r rune) *font.Face {
	if f.last != nil && joins(r) {
		return f.last
	}
	f.last = f.resolve(r)
	return f.last
}

func (f *fallback) resolve(r rune) *font.Face {
	main := f.face(f.font.file())
	if wantsEmoji(r) && f.setter.lib.has(emoji()) {
		if face := f.face(emoji()); covers(face, r) {
			return face
		}
	}
	if covers(main, r) {
		return main
	}
	script := f.script
	if own := language.LookupScript(r); own != language.Common && own != language.Inherited {
		script = own
	}
	candidates := f.font.fallbacks(script, f.setter.language)
	for _, c := range candidates {
		if !f.setter.lib.has(c) {
			continue
		}
		if face := f.face(c); covers(face, r) {
			return face
		}
	}
	if !f.setter.lib.has(candidates[0]) && f.err == nil {
		_, f.err = f.setter.lib.locate(candidates[0])
	}
	if !slices.Contains(f.missing, r) {
		f.missing = append(f.missing, r)
	}
	return main
}

func (f *fallback) face(name file) *font.Face {
	if face := f.setter.faces[name]; face != nil {
		return face
	}
	ft, err := f.setter.lib.load(name)
	if err != nil {
		if f.err == nil {
			f.err = err
		}
		// The splitter needs some face; the kept error discards its work.
		return font.NewFace(&font.Font{})
	}
	face := font.NewFace(ft)
	f.setter.faces[name] = face
	return face
}

func covers(face *font.Face, r rune) bool {
	if face.Cmap == nil {
		return false
	}
	_, ok := face.NominalGlyph(r)
	return ok
}

// joins is true for characters that belong to the one before: zero-width and word joiners, variation selectors, emoji modifiers and tags.
func joins(r rune) bool {
	return r == 0x200D || r == 0x2060 || r == 0x20E3 || r >= 0xFE00 && r <= 0xFE0F || r >= 0x1F3FB && r <= 0x1F3FF ||
		r >= 0xE0020 && r <= 0xE007F
}

// wantsEmoji is true for characters that are pictures by default.
func wantsEmoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF && r != 0x2713 && r != 0x2714 && r != 0x2717 ||
		r == 0x2B50 || r == 0x2B55 || r >= 0x231A && r <= 0x231B || r >= 0x23E9 && r <= 0x23F3
}
