package format

import "path"

// ContentType is the media type of a file that a render makes, by the end of its name; empty when it makes none such.
func ContentType(name string) string {
	switch path.Ext(name) {
	case ".mp4":
		return "video/mp4"
	case ".mov":
		return "video/quicktime"
	case ".webm":
		return "video/webm"
	case ".jpg":
		return "image/jpeg"
	case ".srt":
		return "application/x-subrip"
	case ".vtt":
		return "text/vtt"
	case ".json":
		return "application/json"
	}
	return ""
}
