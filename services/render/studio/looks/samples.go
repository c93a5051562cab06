package main

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// sample is a video for the eye.
type sample struct {
	title, language, template string
	scenes                    []moment
}

// moment is a scene of a sample; hero is an emoji or the address of a painting.
type moment struct{ headline, narration, hero, figure string }

func samples() []sample {
	return []sample{
		{"Curious in 30 seconds", "en", "explainer", []moment{
			{"Why do cats *always* land on their feet?", "Why do cats almost always land on their feet?", "🐈", ""},
			{"Their ears feel which way is *down*", "Their ears work like a level.", "🧭", ""},
			{"53 bones make a *flexible* spine", "Fifty-three bones bend and twist.", "🦴", ""},
			{"Paws first, *soft* landing", "Follow for one clever fact every day.", "🐾", ""},
			{"Seen in *slow motion*", "A camera shows every turn.", "painting:sea", ""},
			{"The view from *above*", "It takes less than a second.", "background:hills", ""},
		}},
		{"猫の不思議", "ja", "explainer", []moment{
			{"猫はなぜ*いつも*足から着地するのか", "耳の中の器官が、下を感じ取ります。", "🐈", ""},
			{"まず*前半身*が回る", "まず前半身が回り、次に後半身が続きます。", "🌀", ""},
			{"三つの*コツ*", "三つ目がいちばん大切です。", "", "3"},
			{"高い所からの*眺め*", "一秒もかかりません。", "background:hills", ""},
		}},
		{"لماذا تهبط القطط على أقدامها؟", "ar", "explainer", []moment{
			{"لماذا تهبط القطط *دائما* على أقدامها؟", "لأنها تعرف أين الأسفل، مثل ميزان الماء.", "🐈", ""},
			{"الجزء *الأمامي* يدور أولا", "الجزء الأمامي يدور أولا ثم الخلفي.", "🧭", ""},
			{"ثلاث *خطوات* فقط", "الخطوة الثالثة هي الأهم.", "", "3"},
		}},
		{"5 tiny habits that give you back an hour 🚀 every single working day", "en", "listicle", []moment{
			{"5 tiny habits that give you back an hour 🚀 every *single* working day", "Five habits, one hour a day. Ready?", "⏰", ""},
			{"Plan tomorrow *tonight*", "Write down three things before you go.", "", "1"},
			{"Batch your *messages*", "Answer mail twice a day 📬, not all day.", "", "2"},
			{"", "And sleep. It is the one that everybody forgets.", "", ""},
		}},
		{"Marcus Aurelius", "en", "quote", []moment{
			{"“The *obstacle* is the way.”", "What stands in the way becomes the way.", "", ""},
			{"“You have *power* over your mind, not outside events.”", "Realise this, and you will find strength.", "", ""},
			{"Read the *Meditations*", "It is a short book.", "painting:sea", ""},
		}},
	}
}

// storyboard is the sample in a style and shape.
func (s sample) storyboard(style, palette string, size [2]int32) *storyboardv1.Storyboard {
	sb := &storyboardv1.Storyboard{
		Title: s.title, Template: s.template,
		Canvas:   &storyboardv1.Canvas{Width: size[0], Height: size[1], FrameRate: 30},
		Theme:    &storyboardv1.Theme{Style: style, Palette: palette, Seed: 11},
		Narrator: &storyboardv1.Narrator{Language: s.language},
	}
	if s.template == "quote" {
		sb.Theme.Brand = &storyboardv1.Theme_Brand{LogoUri: "logo"}
		sb.Output = &storyboardv1.Output{Draft: true}
	}
	for i, m := range s.scenes {
		scene := &storyboardv1.Scene{
			Role: storyboardv1.Scene_BODY, Headline: m.headline, Narration: m.narration, Figure: m.figure,
		}
		if i == 0 {
			scene.Role = storyboardv1.Scene_HOOK
		}
		scene.Hero, scene.Background = media(m.hero)
		at := 300 * time.Millisecond
		for _, w := range words.Split(m.narration) {
			scene.Words = append(scene.Words, &storyboardv1.TimedWord{
				Text: w, Start: durationpb.New(at), End: durationpb.New(at + 250*time.Millisecond),
			})
			at += 300 * time.Millisecond
		}
		scene.Duration = durationpb.New(at + 700*time.Millisecond)
		sb.Scenes = append(sb.Scenes, scene)
	}
	return sb
}
