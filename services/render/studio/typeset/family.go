package typeset

import (
	"strings"

	"github.com/go-text/typesetting/language"
)

// Family is a kind of letters; the file behind it depends on the script.
type Family string

// The families.
const (
	Display      Family = "InterDisplay"     // grotesque, cut for big sizes
	Text         Family = "Inter"            // grotesque, cut for small sizes
	Serif        Family = "NotoSerif"        // book face
	SerifDisplay Family = "NotoSerifDisplay" // elegant, cut for big sizes
)

// Weight is the name of a weight as it stands in font file names.
type Weight string

// The weights.
const (
	Regular   Weight = "Regular"
	Medium    Weight = "Medium"
	SemiBold  Weight = "SemiBold"
	Bold      Weight = "Bold"
	ExtraBold Weight = "ExtraBold"
	Black     Weight = "Black"
)

// Font is a family in a weight.
type Font struct {
	Family Family
	Weight Weight
}

func (f Font) serif() bool { return f.Family == Serif || f.Family == SerifDisplay }

// file is the font's file for Latin, Greek and Cyrillic.
func (f Font) file() file {
	ext := ".ttf"
	if !f.serif() {
		ext = ".otf"
	}
	return file{name: string(f.Family) + "-" + string(f.Weight) + ext}
}

// fallbackWeight is the nearest weight that all Noto fonts have.
func (f Font) fallbackWeight() string {
	if f.Weight == Regular || f.Weight == Medium {
		return "Regular"
	}
	return "Bold"
}

// fallbacks are the files that may hold a character of a script, best first.
func (f Font) fallbacks(script language.Script, lang string) []file {
	weight := "-" + f.fallbackWeight()
	var out []file
	if index, ok := hanIndex(script, lang); ok {
		if f.serif() {
			out = append(out, file{"NotoSerifCJK" + weight + ".ttc", index})
		}
		return append(out, file{"NotoSansCJK" + weight + ".ttc", index})
	}
	if name := scriptSuffix(script); name != "" {
		if f.serif() && script == language.Arabic {
			out = append(out, file{name: "NotoNaskhArabic" + weight + ".ttf"})
		}
		if f.serif() {
			out = append(out, file{name: "NotoSerif" + name + weight + ".ttf"})
		}
		out = append(out, file{name: "NotoSans" + name + weight + ".ttf"})
	}
	return append(out,
		file{name: "NotoSans" + weight + ".ttf"},
		file{name: "NotoSansMath-Regular.ttf"},
		file{name: "NotoSansSymbols" + weight + ".ttf"},
		file{name: "NotoSansSymbols2-Regular.ttf"},
	)
}

// emoji is the colour emoji font.
func emoji() file { return file{name: "NotoColorEmoji.ttf"} }

// hanIndex says which font of the CJK collections draws a script in a language.
func hanIndex(script language.Script, lang string) (index int, ok bool) {
	switch script {
	case language.Han, language.Hiragana, language.Katakana, language.Hangul, language.Bopomofo:
	default:
		return 0, false
	}
	lang = strings.ToLower(lang)
	switch {
	case script == language.Hangul, strings.HasPrefix(lang, "ko"):
		return 1, true
	case script == language.Hiragana, script == language.Katakana, strings.HasPrefix(lang, "ja"):
		return 0, true
	case strings.HasPrefix(lang, "zh-hk"), strings.HasPrefix(lang, "yue"):
		return 4, true
	case strings.HasPrefix(lang, "zh-tw"), strings.Contains(lang, "hant"):
		return 3, true
	}
	return 2, true
}

// scriptSuffix is the part of a Noto file name that stands for a script; empty for one without a font of its own.
func scriptSuffix(script language.Script) string {
	switch script {
	case language.Arabic:
		return "Arabic"
	case language.Armenian:
		return "Armenian"
	case language.Bengali:
		return "Bengali"
	case language.Cherokee:
		return "Cherokee"
	case language.Devanagari:
		return "Devanagari"
	case language.Ethiopic:
		return "Ethiopic"
	case language.Georgian:
		return "Georgian"
	case language.Gujarati:
		return "Gujarati"
	case language.Gurmukhi:
		return "Gurmukhi"
	case language.Hebrew:
		return "Hebrew"
	case language.Kannada:
		return "Kannada"
	case language.Khmer:
		return "Khmer"
	case language.Lao:
		return "Lao"
	case language.Malayalam:
		return "Malayalam"
	case language.Myanmar:
		return "Myanmar"
	case language.Oriya:
		return "Oriya"
	case language.Sinhala:
		return "Sinhala"
	case language.Tamil:
		return "Tamil"
	case language.Telugu:
		return "Telugu"
	case language.Thaana:
		return "Thaana"
	case language.Thai:
		return "Thai"
	case language.Tibetan:
		return "Tibetan"
	}
	return ""
}

// debianPackage is the Debian package that holds a font file.
func (f file) debianPackage() string {
	switch {
	case strings.HasPrefix(f.name, "Inter"):
		return "fonts-inter"
	case strings.Contains(f.name, "CJK"):
		return "fonts-noto-cjk"
	case strings.Contains(f.name, "Emoji"):
		return "fonts-noto-color-emoji"
	}
	return "fonts-noto-core"
}
