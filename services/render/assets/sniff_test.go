package assets

import (
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	for _, tc := range []struct {
		head string
		kind Kind
		want Format
		why  string
	}{
		{"\x89PNG\r\n\x1a\n....", Image, PNG, ""},
		{"\xff\xd8\xff\xe0....", Image, JPEG, ""},
		{"GIF89a....", Image, GIF, ""},
		{"RIFF....WEBPVP8 ", Image, WebP, ""},
		{"....ftypisom....", Video, MP4, ""},
		{"....ftypqt  ....", Video, MOV, ""},
		{"....moov....", Video, MOV, ""},
		{"\x1a\x45\xdf\xa3....", Video, WebM, ""},
		{"....ftypisom....", Audio, MP4, ""}, // the sound of it
		{"....ftypM4A ....", Audio, M4A, ""},
		{"ID3\x04....", Audio, MP3, ""},
		{"\xff\xfb\x90\x64", Audio, MP3, ""},
		{"RIFF....WAVEfmt ", Audio, WAV, ""},
		{"OggS....", Audio, Ogg, ""},
		{"fLaC....", Audio, FLAC, ""},
		{"ID3\x04....", Video, "", "is a file of type mp3, not a video"},
		{"\x89PNG\r\n\x1a\n....", Video, "", "is a file of type png, not a video"},
		{"....ftypavif....", Image, "", "is an AVIF image"},
		{"....ftypheic....", Image, "", "is a HEIC image"},
		{"", Image, "", "is an empty file"},
		{"\ufeff \n<!DOCTYPE HTML><html>", Image, "", "is a web page"},
		{"<html lang=en>", Video, "", "is a web page"},
		{`<?xml version="1.0"?><svg xmlns=""/>`, Image, "", "is an SVG drawing"},
		{"#EXTM3U\n#EXTINF:1,\nx.ts", Video, "", "is a playlist"},
		{"ffconcat version 1.0", Video, "", "is a list of files"},
		{"%PDF-1.7", Image, "", "is a PDF"},
		{`{"error":"no"}`, Image, "", "is JSON"},
		{"MZ\x90\x00", Image, "", "unknown type (it begins with 4d5a9000)"},
	} {
		got, err := Sniff([]byte(tc.head), tc.kind)
		if got != tc.want || (err == nil) != (tc.why == "") || err != nil && !strings.Contains(err.Error(), tc.why) {
			t.Errorf("%q as %s: %q, %v; want %q, %q", tc.head, tc.kind, got, err, tc.want, tc.why)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, head := range []string{"", "RIFF....WEBPVP8 ", "....ftypisom", "\xff\xfb\x90", "<html>", "\x1a\x45\xdf\xa3"} {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		for _, kind := range []Kind{Image, Video, Audio} {
			format, err := Sniff(head, kind)
			if (err == nil) != format.goodFor(kind) {
				t.Errorf("%x as %s: %q, %v", head, kind, format, err)
			}
			if err == nil && (format.Demuxer() == "") != (kind == Image) {
				t.Errorf("%s would be read as %q", format, format.Demuxer())
			}
		}
	})
}
