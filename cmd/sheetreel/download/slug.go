package download

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSlug is the longest slug in bytes: folder names must stay below 255 bytes everywhere.
const maxSlug = 80

// Slug makes a file name of a title: letters and digits of any script in lower case, everything else a hyphen.
func Slug(title string) string {
	var slug strings.Builder
	gap := false
	for _, r := range strings.ToLower(title) {
		if r == utf8.RuneError || !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) {
			gap = gap || r != '\'' && r != '’'
			continue
		}
		hyphen := 0
		if gap && slug.Len() > 0 {
			hyphen = 1
		}
		if slug.Len()+hyphen+utf8.RuneLen(r) > maxSlug {
			break
		}
		if hyphen == 1 {
			slug.WriteByte('-')
		}
		slug.WriteRune(r)
		gap = false
	}
	if slug.Len() == 0 {
		return "video"
	}
	return slug.String()
}

// Folder is the name of a video's folder: its row and its title.
func Folder(row int32, title string) string {
	return fmt.Sprintf("%02d-%s", row, Slug(title))
}
