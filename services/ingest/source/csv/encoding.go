package csv

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// Encoding is how characters are written as bytes.
type Encoding int8

// The encodings. The zero value is none.
const (
	UTF8 Encoding = iota + 1
	UTF16LittleEndian
	UTF16BigEndian
	Windows1252
)

// sampleBytes is how much of a text is looked at before it is read.
const sampleBytes = 64 << 10

// detect finds the encoding of a file out, and notes when it had to guess.
func detect(ctx context.Context, file io.ReaderAt, size int64, given Encoding) (Encoding, []source.Note, error) {
	start := make([]byte, min(size, sampleBytes))
	if _, err := file.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, err
	}
	switch {
	case len(bytes.TrimSpace(start)) == 0 && size <= sampleBytes:
		return 0, nil, errs.Invalid(errs.Violation{Field: "source.file", Description: "the file is empty"})
	case bytes.HasPrefix(start, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(start, []byte{0, 0, 0xfe, 0xff}):
		return 0, nil, errs.Invalid(errs.Violation{Field: "source.file", Description: "the file is written in UTF-32, which is not read; save it as CSV UTF-8"})
	case given != 0:
		return given, nil, nil
	case bytes.HasPrefix(start, []byte{0xef, 0xbb, 0xbf}):
		return UTF8, nil, nil
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}):
		return UTF16LittleEndian, nil, nil
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return UTF16BigEndian, nil, nil
	}
	if e := unmarkedUTF16(start); e != 0 {
		return e, nil, nil
	}
	valid, invalid, err := countUTF8(ctx, io.NewSectionReader(file, 0, size))
	switch {
	case err != nil:
		return 0, nil, err
	case invalid == 0:
		return UTF8, nil, nil
	case valid > 4*invalid: // a damaged file: no other encoding looks so much like UTF-8
		return UTF8, []source.Note{{
			Column: -1, Rule: "file.encoding", Message: "The file is UTF-8, but some characters in it are damaged; they are left out.",
			Suggestion: "Save it again as CSV UTF-8.",
		}}, nil
	}
	return Windows1252, []source.Note{{
		Column: -1, Rule: "file.encoding", Message: "The file is not UTF-8; it was read as Windows-1252 (Western European).",
		Suggestion: "If letters such as é or ü look wrong, save it as CSV UTF-8.",
	}}, nil
}

// unmarkedUTF16 knows UTF-16 without a byte order mark by the zero bytes that separators and line ends bring.
func unmarkedUTF16(start []byte) Encoding {
	var zero [2]int
	for i, b := range start {
		if b == 0 {
			zero[i%2]++
		}
	}
	enough := len(start) / 8
	switch {
	case len(start) < 4:
	case zero[1] > enough && zero[0] <= zero[1]/8:
		return UTF16LittleEndian
	case zero[0] > enough && zero[1] <= zero[0]/8:
		return UTF16BigEndian
	}
	return 0
}

// countUTF8 counts the characters of more than one byte, and the bytes that belong to none.
func countUTF8(ctx context.Context, file io.Reader) (valid, invalid int, err error) {
	buffer := make([]byte, sampleBytes)
	held := 0
	for {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		n, err := file.Read(buffer[held:])
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return 0, 0, err
		}
		rest := buffer[:held+n]
		for len(rest) > 0 {
			if rest[0] < utf8.RuneSelf {
				rest = rest[1:]
				continue
			}
			if !end && !utf8.FullRune(rest) {
				break
			}
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				invalid++
			} else {
				valid++
			}
			rest = rest[size:]
		}
		if end {
			return valid, invalid, nil
		}
		held = copy(buffer, rest)
	}
}

// decoder gives a file as UTF-8 without a byte order mark. What is no character becomes U+FFFD.
func decoder(e Encoding, file io.ReaderAt, size int64) io.Reader {
	var from encoding.Encoding
	switch e {
	case UTF16LittleEndian:
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case UTF16BigEndian:
		from = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case Windows1252:
		from = charmap.Windows1252
	default:
		from = unicode.UTF8BOM
	}
	return transform.NewReader(io.NewSectionReader(file, 0, size), from.NewDecoder())
}
