package xlsx

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// maxTexts is how many shared texts are held.
const maxTexts = 2_000_000

// sharedTexts reads the texts that cells share.
func (a archive) sharedTexts(ctx context.Context, b *workbook) ([]string, error) {
	if b.texts == "" {
		return nil, nil
	}
	part, err := a.open(b.texts, maxTextsPart)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	d := xml.NewDecoder(part)
	var texts []string
	for {
		token, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return texts, nil
		case err != nil:
			return nil, inWords(b.texts, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "si" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := readText(d, "si")
		if err != nil {
			return nil, inWords(b.texts, err)
		}
		if texts = append(texts, text); len(texts) > maxTexts {
			return nil, refuse("the workbook has too many different texts")
		}
	}
}

// readText reads a text with all its runs until its element ends. How it is pronounced is left out.
func readText(d *xml.Decoder, element string) (string, error) {
	var text strings.Builder
	inText, phonetic := false, false
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "rPh":
				phonetic = true
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "rPh":
				phonetic = false
			case element:
				return unescaped(text.String()), nil
			}
		case xml.CharData:
			if inText && !phonetic {
				if text.Len()+len(t) > maxToken {
					return "", &brokenError{"a text is too long"}
				}
				text.Write(t)
			}
		}
	}
}

// unescaped puts characters in place of _x000D_ and the like, by which workbooks write what XML cannot.
func unescaped(s string) string {
	const length = len("_x0000_")
	if !strings.Contains(s, "_x") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		if i+length <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+length-1] == '_' {
			if code, err := strconv.ParseUint(s[i+2:i+length-1], 16, 16); err == nil && !utf16.IsSurrogate(rune(code)) {
				out.WriteRune(rune(code))
				i += length
				continue
			}
		}
		out.WriteByte(s[i])
		i++
	}
	return out.String()
}
