package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

func mustPlan(t *testing.T, idea *ingestv1.Idea, options *schedulerv1.RenderOptions) *storyboardv1.Storyboard {
	t.Helper()
	sb, err := Plan(idea, options)
	if err != nil {
		t.Fatal(err)
	}
	return sb
}

func picture(uri string, scene int32) *ingestv1.IdeaAsset {
	return &ingestv1.IdeaAsset{Kind: ingestv1.IdeaAsset_IMAGE, Uri: uri, Scene: scene}
}

func TestTemplate(t *testing.T) {
	for _, tc := range []struct {
		name    string
		idea    *ingestv1.Idea
		options *schedulerv1.RenderOptions
		want    string
		// scenes are figure, headline and narration of each.
		scenes []string
	}{
		{name: "prose", idea: &ingestv1.Idea{Title: "Tea", Script: "Water must be hot."}, want: Explainer},
		{
			name: "numbered lines", want: Listicle,
			idea: &ingestv1.Idea{Title: "Two rules", Hook: "Listen.", Script: "1. Warm the pot.\n2) Wait four minutes.", CallToAction: "Enjoy!"},
			scenes: []string{
				"|Two *rules*|Listen.", "1|Warm the *pot*|Warm the pot.", "2|Wait four *minutes*|Wait four minutes.", "|Enjoy!|Enjoy!",
			},
		},
		{
			name: "numbers in one line, counted down, with an opening", want: Listicle,
			idea:   &ingestv1.Idea{Title: "Top", Script: "Here they come. 3. Bread. 2. Milk. 1. Eggs."},
			scenes: []string{"|Top|Here they come.", "3|Bread|Bread.", "2|Milk|Milk.", "1|Eggs|Eggs."},
		},
		{
			name: "a list without opening begins with its title", want: Listicle,
			idea:   &ingestv1.Idea{Title: "お茶の秘密", Script: "1、水を沸かす。\n2、三分待つ。"},
			scenes: []string{"|お茶の秘密|お茶の秘密", "1|水を沸かす|水を沸かす。", "2|三分待つ|三分待つ。"},
		},
		{name: "an ordinal is no list", idea: &ingestv1.Idea{Title: "x", Script: "Am 1. Mai und am 2. Juni ist frei."}, want: Explainer},
		{name: "two numbers inside a line are no list", idea: &ingestv1.Idea{Title: "x", Script: "Take 1. Then 2. Done."}, want: Explainer},
		{
			name: "a quotation with who said it", want: Quote,
			idea:   &ingestv1.Idea{Title: "On patience", Script: "“Slow is smooth.” — Anna Berg"},
			scenes: []string{"|“Slow is smooth.”|“Slow is smooth.”", "|— Anna Berg|Anna Berg"},
		},
		{name: "a quotation inside prose", idea: &ingestv1.Idea{Title: "x", Script: "\"Yes\", she said, and left."}, want: Explainer},
		{name: "a picture for each scene", idea: &ingestv1.Idea{Title: "x", Script: "One day.", Assets: []*ingestv1.IdeaAsset{picture("https://example.com/a.jpg", 0)}}, want: Image},
		{name: "asked for by option", idea: &ingestv1.Idea{Title: "x", Script: "One day."}, options: &schedulerv1.RenderOptions{Template: Image}, want: Image},
		{name: "asked for by column", idea: &ingestv1.Idea{Title: "x", Script: "One day.", Variables: map[string]string{"Template": "Quote"}}, want: Quote},
		{name: "only a title, as a quote", idea: &ingestv1.Idea{Title: "Be kind"}, options: &schedulerv1.RenderOptions{Template: Quote}, want: Quote},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sb := mustPlan(t, tc.idea, tc.options)
			check(t, sb)
			if sb.GetTemplate() != tc.want {
				t.Errorf("template %q, want %q", sb.GetTemplate(), tc.want)
			}
			var got []string
			for _, s := range sb.GetScenes() {
				got = append(got, strings.Join([]string{s.GetFigure(), s.GetHeadline(), s.GetNarration()}, "|"))
			}
			if diff := cmp.Diff(tc.scenes, got); tc.scenes != nil && diff != "" {
				t.Errorf("scenes (-want +got):\n%s", diff)
			}
		})
	}
	_, err := Plan(&ingestv1.Idea{Title: "x", Variables: map[string]string{"template": "opera"}}, nil)
	wantUnrenderable(t, err, "variables.template")
}

func TestPictures(t *testing.T) {
	script := "The first long sentence speaks about the sea and what lives in it, which is very much. " +
		"The second long sentence speaks about the sky and who flies in it, which is not so much. " +
		"The third long sentence speaks about the land and how it came to be what we know today."
	backgrounds := func(assets ...*ingestv1.IdeaAsset) []string {
		var out []string
		for _, s := range mustPlan(t, &ingestv1.Idea{Title: "x", Script: script, Assets: assets}, nil).GetScenes() {
			out = append(out, s.GetBackground().GetImageUri()+s.GetBackground().GetVideoUri())
		}
		return out
	}
	a, b := "https://example.com/a.png", "https://example.com/b.mp4"
	clip := &ingestv1.IdeaAsset{Kind: ingestv1.IdeaAsset_VIDEO, Uri: b}
	for _, tc := range []struct {
		name   string
		assets []*ingestv1.IdeaAsset
		want   []string
	}{
		{"none", nil, []string{"", "", ""}},
		{"by number, and the rest into what is free", []*ingestv1.IdeaAsset{clip, picture(a, 1)}, []string{a, b, ""}},
		{"a number beyond the last", []*ingestv1.IdeaAsset{picture(a, 9)}, []string{"", "", a}},
		{"two for one scene", []*ingestv1.IdeaAsset{picture(a, 2), picture("https://example.com/c.png", 2)}, []string{"https://example.com/c.png", a, ""}},
		{"other kinds stay away", []*ingestv1.IdeaAsset{{Kind: ingestv1.IdeaAsset_THUMBNAIL, Uri: a}, {Kind: ingestv1.IdeaAsset_LOGO, Uri: a}}, []string{"", "", ""}},
	} {
		if diff := cmp.Diff(tc.want, backgrounds(tc.assets...)); diff != "" {
			t.Errorf("%s: backgrounds (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestSafeArea(t *testing.T) {
	for _, tc := range []struct {
		ratio     string
		platforms []string
		asked     storyboardv1.SafeArea
		want      storyboardv1.SafeArea
	}{
		{want: storyboardv1.SafeArea_SHORT_VIDEO},
		{ratio: "16:9", platforms: []string{"tiktok"}, want: storyboardv1.SafeArea_PLAIN},
		{platforms: []string{"myplace", "website", "tiktok"}, want: storyboardv1.SafeArea_PLAIN},
		{platforms: []string{"tiktok", "website"}, want: storyboardv1.SafeArea_SHORT_VIDEO},
		{platforms: []string{"meta_ads"}, want: storyboardv1.SafeArea_ADS},
		{platforms: []string{"tiktok"}, asked: storyboardv1.SafeArea_ADS, want: storyboardv1.SafeArea_ADS},
	} {
		sb := mustPlan(t, &ingestv1.Idea{Title: "x", AspectRatio: tc.ratio, Platforms: tc.platforms}, &schedulerv1.RenderOptions{SafeArea: tc.asked})
		if got := sb.GetCanvas().GetSafeArea(); got != tc.want {
			t.Errorf("%+v: safe area %v", tc, got)
		}
	}
}

func TestOptions(t *testing.T) {
	music := &ingestv1.IdeaAsset{Kind: ingestv1.IdeaAsset_AUDIO, Uri: "https://example.com/a.mp3"}
	sb := mustPlan(t, &ingestv1.Idea{Title: "x", Assets: []*ingestv1.IdeaAsset{music}}, nil)
	if sb.GetSound().GetMusicUri() != music.GetUri() || sb.GetSound().GetLoudness() != storyboardv1.Loudness_SOCIAL {
		t.Errorf("sound %v", sb.GetSound())
	}
	sb = mustPlan(t, &ingestv1.Idea{Title: "x", Assets: []*ingestv1.IdeaAsset{music}}, &schedulerv1.RenderOptions{
		Resolution: 1080, FrameRate: 60, NoMusic: true, NoCaptions: true, Loudness: storyboardv1.Loudness_BROADCAST,
		Output: &storyboardv1.Output{Container: storyboardv1.Output_WEBM, Draft: true},
	})
	if s := sb.GetSound(); !s.GetNoMusic() || s.GetMusicUri() != "" || s.GetLoudness() != storyboardv1.Loudness_BROADCAST || !sb.GetCaptions().GetHidden() {
		t.Errorf("sound %v, captions %v", s, sb.GetCaptions())
	}
	if c := sb.GetCanvas(); c.GetWidth() != 540 || c.GetHeight() != 960 || c.GetFrameRate() != 30 {
		t.Errorf("a draft has the canvas %v", c)
	}
	if o := sb.GetOutput(); o.GetVideoCodec() != storyboardv1.Output_VP9 || o.GetAudioCodec() != storyboardv1.Output_OPUS || !o.GetDraft() {
		t.Errorf("output %v", o)
	}
}

func TestOutputsThatCannotBe(t *testing.T) {
	for _, tc := range []struct {
		output *storyboardv1.Output
		field  string // empty: it can be
	}{
		{&storyboardv1.Output{}, ""},
		{&storyboardv1.Output{Container: storyboardv1.Output_WEBM, VideoCodec: storyboardv1.Output_H264}, "video_codec"},
		{&storyboardv1.Output{Container: storyboardv1.Output_WEBM, AudioCodec: storyboardv1.Output_AAC}, "audio_codec"},
		{&storyboardv1.Output{Container: storyboardv1.Output_MOV, VideoCodec: storyboardv1.Output_VP9}, "video_codec"},
		{&storyboardv1.Output{Container: storyboardv1.Output_MOV, AudioCodec: storyboardv1.Output_OPUS}, "audio_codec"},
		{&storyboardv1.Output{VideoCodec: storyboardv1.Output_VP9, AudioCodec: storyboardv1.Output_OPUS}, ""},
		{&storyboardv1.Output{Container: storyboardv1.Output_MOV, VideoCodec: storyboardv1.Output_H265}, ""},
		{&storyboardv1.Output{Container: 9}, "container"},
	} {
		_, err := Plan(&ingestv1.Idea{Title: "x"}, &schedulerv1.RenderOptions{Output: tc.output})
		if tc.field == "" {
			if err != nil {
				t.Errorf("%v: %v", tc.output, err)
			}
			continue
		}
		wantUnrenderable(t, err, "render_options.output."+tc.field)
	}
}

func TestBrand(t *testing.T) {
	logo := []*ingestv1.IdeaAsset{{Kind: ingestv1.IdeaAsset_LOGO, Uri: "https://example.com/logo.png"}}
	for _, tc := range []struct {
		name, style string
		variables   map[string]string
		assets      []*ingestv1.IdeaAsset
		want        *storyboardv1.Theme_Brand
	}{
		{name: "none"},
		{name: "a colour that is none", variables: map[string]string{"brand_color": "teal-ish"}},
		{name: "as it is", variables: map[string]string{"Brand Color": "#FD3", "brand-background": "10203a"}, want: &storyboardv1.Theme_Brand{AccentColor: "#ffdd33", BaseColor: "#10203a"}},
		{name: "logo alone", assets: logo, want: &storyboardv1.Theme_Brand{LogoUri: "https://example.com/logo.png"}},
	} {
		sb := mustPlan(t, &ingestv1.Idea{Title: "x", Style: tc.style, Variables: tc.variables, Assets: tc.assets}, nil)
		if got := sb.GetTheme().GetBrand(); got.String() != tc.want.String() {
			t.Errorf("%s: brand %v, want %v", tc.name, got, tc.want)
		}
	}
}
