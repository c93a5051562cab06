// Package format says which kinds of files a video can be: what goes into which container, and what the file and its
// media type are called. It is pure; the studio's encoder knows how they are made.
package format

import (
	"fmt"
	"slices"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Short names of the wire's.
const (
	MP4  = storyboardv1.Output_MP4
	MOV  = storyboardv1.Output_MOV
	WEBM = storyboardv1.Output_WEBM
	H264 = storyboardv1.Output_H264
	H265 = storyboardv1.Output_H265
	VP9  = storyboardv1.Output_VP9
	AAC  = storyboardv1.Output_AAC
	OPUS = storyboardv1.Output_OPUS
)

// Format is a kind of file. Every field is decided.
type Format struct {
	Container storyboardv1.Output_Container
	Video     storyboardv1.Output_VideoCodec
	Audio     storyboardv1.Output_AudioCodec
	// Draft is encoded as fast as it goes.
	Draft bool
}

// Error says which wish cannot be granted.
type Error struct {
	// Field of the output, for example "video_codec".
	Field string
	// Problem in plain words, for example "is H264; WEBM takes VP9".
	Problem string
}

func (e *Error) Error() string { return "output." + e.Field + ": " + e.Problem }

// contents are the codecs of a container, its default first.
type contents struct {
	video []storyboardv1.Output_VideoCodec
	audio []storyboardv1.Output_AudioCodec
}

func contentsOf(c storyboardv1.Output_Container) (contents, bool) {
	switch c {
	case MP4:
		return contents{[]storyboardv1.Output_VideoCodec{H264, H265, VP9}, []storyboardv1.Output_AudioCodec{AAC, OPUS}}, true
	case MOV:
		return contents{[]storyboardv1.Output_VideoCodec{H264, H265}, []storyboardv1.Output_AudioCodec{AAC}}, true
	case WEBM:
		return contents{[]storyboardv1.Output_VideoCodec{VP9}, []storyboardv1.Output_AudioCodec{OPUS}}, true
	}
	return contents{}, false
}

// Of decides what an output leaves open. Its error is an [Error].
func Of(o *storyboardv1.Output) (Format, error) {
	f := Format{Container: o.GetContainer(), Video: o.GetVideoCodec(), Audio: o.GetAudioCodec(), Draft: o.GetDraft()}
	if f.Container == storyboardv1.Output_CONTAINER_UNSPECIFIED {
		f.Container = MP4
	}
	c, ok := contentsOf(f.Container)
	if !ok {
		return f, &Error{"container", fmt.Sprintf("is %v, which is unknown", f.Container)}
	}
	if f.Video == storyboardv1.Output_VIDEO_CODEC_UNSPECIFIED {
		f.Video = c.video[0]
	}
	if f.Audio == storyboardv1.Output_AUDIO_CODEC_UNSPECIFIED {
		f.Audio = c.audio[0]
	}
	if !slices.Contains(c.video, f.Video) {
		return f, &Error{"video_codec", fmt.Sprintf("is %v; %v takes %s", f.Video, f.Container, list(c.video))}
	}
	if !slices.Contains(c.audio, f.Audio) {
		return f, &Error{"audio_codec", fmt.Sprintf("is %v; %v takes %s", f.Audio, f.Container, list(c.audio))}
	}
	return f, nil
}

// list is "A", "A or B", "A, B or C".
func list[T fmt.Stringer](all []T) string {
	text := ""
	for i, one := range all {
		switch {
		case i == 0:
		case i == len(all)-1:
			text += " or "
		default:
			text += ", "
		}
		text += one.String()
	}
	return text
}

// All are all kinds that are offered, without drafts.
func All() []Format {
	var all []Format
	for _, container := range []storyboardv1.Output_Container{MP4, MOV, WEBM} {
		c, _ := contentsOf(container)
		for _, v := range c.video {
			for _, a := range c.audio {
				all = append(all, Format{Container: container, Video: v, Audio: a})
			}
		}
	}
	return all
}

// FileName is what a video is called, for example "video.mp4".
func (f Format) FileName() string { return "video." + f.extension() }

func (f Format) extension() string {
	switch f.Container {
	case MOV:
		return "mov"
	case WEBM:
		return "webm"
	}
	return "mp4"
}
