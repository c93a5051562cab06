package espeak

import (
	"strings"

	"github.com/sheetreel/sheetreel/services/render/speech"
)

// voices are the names that the program takes for a voice: language tags, in lower case.
type voices map[string]bool

// parseVoices reads the table of `espeak-ng --voices`:
//
//	Pty Language       Age/Gender VoiceName          File                 Other Languages
//	 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
func parseVoices(table string) voices {
	out := voices{}
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 5 || strings.Trim(fields[0], "0123456789") != "" {
			continue
		}
		out.add(fields[1])
		for i := 5; i+1 < len(fields); i += 2 {
			out.add(strings.TrimLeft(fields[i], "("))
		}
	}
	return out
}

func (v voices) add(name string) {
	name = strings.ToLower(name)
	if name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && name[0] != '-' {
		v[name] = true
	}
}

// choose gives a known voice: the one asked for, else the nearest to the language, else English. A variant such
// as en-us+f3 is kept when its voice is known.
func (v voices) choose(voice, language string) string {
	voice = strings.ToLower(strings.TrimSpace(voice))
	if voice != "" && voice != speech.AnyVoice {
		base, variant, _ := strings.Cut(voice, "+")
		if name := v.find(base); name != "" {
			if plainVariant(variant) {
				return name + "+" + variant
			}
			return name
		}
	}
	if name := v.find(language); name != "" {
		return name
	}
	return fallback
}

// fallback speaks when nothing else fits.
const fallback = "en"

// find gives the voice of a language tag, shortening the tag from its end until there is one.
func (v voices) find(tag string) string {
	tag = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	for tag != "" {
		if name := preferred(tag); v[name] {
			return name
		}
		if v[tag] {
			return tag
		}
		cut := strings.LastIndexByte(tag, '-')
		if cut < 0 {
			return ""
		}
		tag = tag[:cut]
	}
	return ""
}

// preferred is the program's name for a language that it lists under another, or under several.
func preferred(tag string) string {
	switch tag {
	case "en":
		return "en-us"
	case "zh", "zh-cn", "zh-tw", "zh-hans", "zh-hant":
		return "cmn-latn-pinyin" // the other one reads half of its own dictionary as English
	case "zh-hk", "zh-mo":
		return "yue"
	case "no", "nn":
		return "nb"
	case "iw":
		return "he"
	case "in":
		return "id"
	case "fr":
		return "fr-fr"
	case "es-mx", "es-ar", "es-co", "es-cl", "es-pe", "es-us":
		return "es-419"
	case "sh":
		return "hr"
	}
	return tag
}

// plainVariant tells whether a name is one of the program's variants m1 to m8 and f1 to f5.
func plainVariant(name string) bool {
	return len(name) == 2 && (name[0] == 'm' && name[1] >= '1' && name[1] <= '8' || name[0] == 'f' && name[1] >= '1' && name[1] <= '5')
}
