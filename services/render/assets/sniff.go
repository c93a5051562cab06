package assets

import (
	"bytes"
	"fmt"
	"strings"
)

// Format is how a file is coded, as its first bytes tell.
type Format string

// The formats that are taken.
const (
	PNG  Format = "png"
	JPEG Format = "jpeg"
	GIF  Format = "gif"
	WebP Format = "webp"
	MP4  Format = "mp4"
	MOV  Format = "mov"
	WebM Format = "webm"
	MP3  Format = "mp3"
	WAV  Format = "wav"
	Ogg  Format = "ogg"
	FLAC Format = "flac"
	M4A  Format = "m4a"
)

// Demuxer is the name by which ffmpeg is made to read the format and no other; empty for pictures, which it never reads.
func (f Format) Demuxer() string {
	switch f {
	case MP4, MOV, M4A:
		return "mov"
	case WebM:
		return "matroska"
	case MP3, WAV, Ogg, FLAC:
		return string(f)
	}
	return ""
}

// goodFor tells whether a file of this format can be used as a kind.
func (f Format) goodFor(k Kind) bool {
	switch f {
	case PNG, JPEG, GIF, WebP:
		return k == Image
	case MP4, MOV, WebM:
		return k == Video || k == Audio
	case MP3, WAV, Ogg, FLAC, M4A:
		return k == Audio
	}
	return false
}

// SniffLen is how many of the first bytes decide.
const SniffLen = 512

// Sniff tells the format of a file by its first bytes, and refuses all that cannot be used as the kind.
func Sniff(head []byte, kind Kind) (Format, error) {
	f, name := sniff(head[:min(len(head), SniffLen)])
	switch {
	case name != "":
		return "", bad("is %s, not %s", name, kind.accepted())
	case !f.goodFor(kind):
		return "", bad("is a file of type %s, not %s", f, kind.accepted())
	}
	return f, nil
}

func (k Kind) accepted() string {
	switch k {
	case Image:
		return "an image (PNG, JPEG, WebP or GIF)"
	case Video:
		return "a video (MP4, MOV or WebM)"
	}
	return "a sound (MP3, WAV, M4A, Ogg or FLAC)"
}

// sniff gives a format, or the name of what is refused.
func sniff(head []byte) (Format, string) {
	switch {
	case len(head) == 0:
		return "", "an empty file"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, ""
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return JPEG, ""
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return GIF, ""
	case riff(head, "WEBP"):
		return WebP, ""
	case riff(head, "WAVE"):
		return WAV, ""
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return brand(string(head[8:12]))
	case len(head) >= 8 && (string(head[4:8]) == "moov" || string(head[4:8]) == "wide" || string(head[4:8]) == "mdat"):
		return MOV, "" // QuickTime before it had brands
	case bytes.HasPrefix(head, []byte("\x1a\x45\xdf\xa3")):
		return WebM, ""
	case bytes.HasPrefix(head, []byte("OggS")):
		return Ogg, ""
	case bytes.HasPrefix(head, []byte("fLaC")):
		return FLAC, ""
	case bytes.HasPrefix(head, []byte("ID3")), mpegAudio(head):
		return MP3, ""
	}
	return "", stranger(head)
}

func riff(head []byte, form string) bool {
	return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == form
}

func mpegAudio(head []byte) bool {
	return len(head) >= 3 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && head[2]&0xf0 != 0xf0 && head[2]&0x0c != 0x0c
}

// brand is the first name in the ftyp box of an ISO base media file.
func brand(name string) (Format, string) {
	switch strings.TrimSpace(name) {
	case "qt":
		return MOV, ""
	case "M4A", "M4B":
		return M4A, ""
	case "avif", "avis":
		return "", "an AVIF image"
	case "heic", "heix", "hevc", "mif1", "msf1":
		return "", "a HEIC image"
	}
	return MP4, ""
}

// stranger names what people give by mistake.
func stranger(head []byte) string {
	text := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")))
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<head"):
		return "a web page"
	case strings.Contains(text, "<svg"):
		return "an SVG drawing"
	case strings.HasPrefix(text, "#extm3u"):
		return "a playlist"
	case strings.HasPrefix(text, "%pdf"):
		return "a PDF"
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return "JSON"
	case strings.HasPrefix(text, "ffconcat"):
		return "a list of files"
	}
	return fmt.Sprintf("a file of an unknown type (it begins with %x)", head[:min(len(head), 8)])
}
