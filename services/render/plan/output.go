package plan

import (
	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// outputOf is what was asked for with the container's own codecs where none was named.
func outputOf(options *schedulerv1.RenderOptions) *storyboardv1.Output {
	return CompleteOutput(options.GetOutput())
}

// CompleteOutput fills the defaults in: MP4 with H.264 and AAC, WEBM with VP9 and Opus.
func CompleteOutput(o *storyboardv1.Output) *storyboardv1.Output {
	out := &storyboardv1.Output{}
	proto.Merge(out, o)
	if out.GetContainer() == storyboardv1.Output_CONTAINER_UNSPECIFIED {
		out.Container = storyboardv1.Output_MP4
	}
	web := out.GetContainer() == storyboardv1.Output_WEBM
	if out.GetVideoCodec() == storyboardv1.Output_VIDEO_CODEC_UNSPECIFIED {
		out.VideoCodec = storyboardv1.Output_H264
		if web {
			out.VideoCodec = storyboardv1.Output_VP9
		}
	}
	if out.GetAudioCodec() == storyboardv1.Output_AUDIO_CODEC_UNSPECIFIED {
		out.AudioCodec = storyboardv1.Output_AAC
		if web {
			out.AudioCodec = storyboardv1.Output_OPUS
		}
	}
	return out
}

// checkOutput refuses codecs that do not go into a container, which players would not play.
func checkOutput(field string, o *storyboardv1.Output) error {
	for _, e := range []struct {
		name  string
		known bool
	}{
		{"container", storyboardv1.Output_Container_name[int32(o.GetContainer())] != ""},
		{"video_codec", storyboardv1.Output_VideoCodec_name[int32(o.GetVideoCodec())] != ""},
		{"audio_codec", storyboardv1.Output_AudioCodec_name[int32(o.GetAudioCodec())] != ""},
	} {
		if !e.known {
			return unrenderable(field+"."+e.name, "is not one that there is")
		}
	}
	full := CompleteOutput(o)
	switch full.GetContainer() {
	case storyboardv1.Output_WEBM:
		if full.GetVideoCodec() != storyboardv1.Output_VP9 {
			return unrenderable(field+".video_codec", full.GetVideoCodec().String()+" does not go into WEBM; use VP9, or MP4")
		}
		if full.GetAudioCodec() != storyboardv1.Output_OPUS {
			return unrenderable(field+".audio_codec", full.GetAudioCodec().String()+" does not go into WEBM; use OPUS, or MP4")
		}
	case storyboardv1.Output_MOV:
		if full.GetVideoCodec() == storyboardv1.Output_VP9 {
			return unrenderable(field+".video_codec", "VP9 does not go into MOV; use H264 or H265, or WEBM")
		}
		if full.GetAudioCodec() == storyboardv1.Output_OPUS {
			return unrenderable(field+".audio_codec", "OPUS does not go into MOV; use AAC, or MP4")
		}
	}
	return nil
}
