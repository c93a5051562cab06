package main

import (
	"strings"

	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// renderFlags say how videos are made. What is left out is the server's choice, or the row's.
type renderFlags struct {
	Resolution int      `group:"Videos" help:"Pixels of the short side: 360, 480, 720, 1080 or 2160; 0 means the server's default." enum:"0,360,480,720,1080,2160" default:"0"`
	FPS        int      `group:"Videos" name:"fps" help:"Frames per second, 10 to 60; 0 means the server's default." default:"0"`
	Template   string   `group:"Videos" help:"How scenes are laid out: explainer, listicle, quote or image; found by the row when empty." placeholder:"NAME"`
	Container  string   `group:"Videos" help:"Kind of file: mp4, webm or mov." enum:",mp4,webm,mov" default:""`
	VideoCodec string   `group:"Videos" help:"How the picture is coded: h264, h265 or vp9; the usual one of the container when empty." enum:",h264,h265,vp9" default:""`
	AudioCodec string   `group:"Videos" help:"How the sound is coded: aac or opus; the usual one of the container when empty." enum:",aac,opus" default:""`
	Draft      bool     `group:"Videos" help:"A quick look: half the size and frame rate, and marked as a draft."`
	Loudness   string   `group:"Videos" help:"social (-14 LUFS), podcast (-16) or broadcast (-23)." enum:",social,podcast,broadcast" default:""`
	SafeArea   string   `group:"Videos" help:"What stays free of text: plain (a margin), short-video or ads; by the first platform when empty." enum:",plain,short-video,ads" default:""`
	NoMusic    bool     `group:"Videos" help:"No music."`
	NoCaptions bool     `group:"Videos" help:"No captions in the picture; the caption files are made all the same."`
	Provider   string   `group:"Videos" help:"What makes the picture; studio, the built-in one, when empty." placeholder:"NAME"`
	Fallback   []string `group:"Videos" help:"What makes it when the provider fails for good, in this order; may be repeated." placeholder:"NAME"`
}

// render is what the flags say, or nil when they say nothing.
func (f renderFlags) render() *schedulerv1.RenderOptions {
	o := &schedulerv1.RenderOptions{
		Resolution: int32(f.Resolution), FrameRate: int32(f.FPS), Template: f.Template, Provider: f.Provider,
		Loudness: storyboardv1.Loudness(named(storyboardv1.Loudness_value, f.Loudness)),
		SafeArea: storyboardv1.SafeArea(named(storyboardv1.SafeArea_value, f.SafeArea)),
		NoMusic:  f.NoMusic, NoCaptions: f.NoCaptions, FallbackProviders: f.Fallback,
	}
	output := &storyboardv1.Output{
		Container:  storyboardv1.Output_Container(named(storyboardv1.Output_Container_value, f.Container)),
		VideoCodec: storyboardv1.Output_VideoCodec(named(storyboardv1.Output_VideoCodec_value, f.VideoCodec)),
		AudioCodec: storyboardv1.Output_AudioCodec(named(storyboardv1.Output_AudioCodec_value, f.AudioCodec)),
		Draft:      f.Draft,
	}
	if proto.Size(output) > 0 {
		o.Output = output
	}
	if proto.Size(o) == 0 {
		return nil
	}
	return o
}

// named is the number of an enum's value that a flag names as people write it.
func named(values map[string]int32, flag string) int32 {
	return values[strings.ReplaceAll(strings.ToUpper(flag), "-", "_")]
}
