package plan

import (
	"errors"

	"google.golang.org/protobuf/proto"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/format"
)

// completeOutput fills what an output leaves open: MP4 with H.264 and AAC, WEBM with VP9 and Opus.
func completeOutput(o *storyboardv1.Output) *storyboardv1.Output {
	out := &storyboardv1.Output{}
	proto.Merge(out, o)
	f, err := format.Of(o)
	if err != nil {
		return out // it was refused before
	}
	out.Container, out.VideoCodec, out.AudioCodec = f.Container, f.Video, f.Audio
	return out
}

// checkOutput refuses codecs that do not go into a container. field is where the output stands.
func checkOutput(field string, o *storyboardv1.Output) error {
	_, err := format.Of(o)
	var wrong *format.Error
	if errors.As(err, &wrong) {
		return unrenderable(field+"."+wrong.Field, wrong.Problem)
	}
	return err
}
