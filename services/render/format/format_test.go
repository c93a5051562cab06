package format_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/format"
)

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		name   string
		output *storyboardv1.Output
		want   format.Format
		file   string
		kind   string
	}{
		{"nothing", nil, format.Format{Container: format.MP4, Video: format.H264, Audio: format.AAC}, "video.mp4", "video/mp4"},
		{
			"webm", &storyboardv1.Output{Container: format.WEBM, Draft: true},
			format.Format{Container: format.WEBM, Video: format.VP9, Audio: format.OPUS, Draft: true},
			"video.webm", "video/webm",
		},
		{
			"mov", &storyboardv1.Output{Container: format.MOV, VideoCodec: format.H265},
			format.Format{Container: format.MOV, Video: format.H265, Audio: format.AAC},
			"video.mov", "video/quicktime",
		},
		{
			"mp4 with all", &storyboardv1.Output{Container: format.MP4, VideoCodec: format.VP9, AudioCodec: format.OPUS},
			format.Format{Container: format.MP4, Video: format.VP9, Audio: format.OPUS},
			"video.mp4", "video/mp4",
		},
	} {
		got, err := format.Of(tc.output)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		if name := got.FileName(); name != tc.file || format.ContentType(name) != tc.kind {
			t.Errorf("%s: file %s of type %s", tc.name, name, format.ContentType(name))
		}
	}
}

func TestOfRefuses(t *testing.T) {
	for _, tc := range []struct {
		output      *storyboardv1.Output
		field, want string
	}{
		{&storyboardv1.Output{Container: 9}, "container", "unknown"},
		{&storyboardv1.Output{Container: format.WEBM, VideoCodec: format.H264}, "video_codec", "is H264; WEBM takes VP9"},
		{&storyboardv1.Output{Container: format.MOV, VideoCodec: format.VP9}, "video_codec", "MOV takes H264 or H265"},
		{&storyboardv1.Output{VideoCodec: 9}, "video_codec", "MP4 takes H264, H265 or VP9"},
		{&storyboardv1.Output{Container: format.WEBM, AudioCodec: format.AAC}, "audio_codec", "WEBM takes OPUS"},
	} {
		_, err := format.Of(tc.output)
		var refused *format.Error
		if !errors.As(err, &refused) || refused.Field != tc.field || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: %v", tc.output, err)
		}
	}
}

func TestAllCanBeAskedFor(t *testing.T) {
	all := format.All()
	if len(all) != 9 {
		t.Errorf("%d kinds", len(all))
	}
	for _, f := range all {
		got, err := format.Of(&storyboardv1.Output{Container: f.Container, VideoCodec: f.Video, AudioCodec: f.Audio})
		if err != nil || got != f {
			t.Errorf("%v: %v, %v", f, got, err)
		}
	}
}
