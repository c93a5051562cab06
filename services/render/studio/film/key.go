package film

import (
	"crypto/sha256"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Key is a digest of all that decides the frames of chunk i: two chunks of any films with equal keys have equal
// frames. It is stable between processes of the same version.
func (f *Film) Key(i int) []byte {
	s, h := f.scenes[i], sha256.New()
	style := f.style
	style.Scheme = nil
	fmt.Fprintf(h, "film %s\n", Version)
	fmt.Fprintf(h, "style %+v\nscheme %+v\nstage %+v\n", style, f.scheme, f.stage)
	fmt.Fprintf(h, "template %q draft %v captions %v\n", f.template, f.draft != nil, f.storyboard.GetCaptions().GetHidden())
	fmt.Fprintf(h, "seed %d rate %v language %q\n", f.storyboard.GetTheme().GetSeed(), f.fps, f.storyboard.GetNarrator().GetLanguage())
	fmt.Fprintf(h, "scene %d of %d, %d frames, leaves %v\n", i, len(f.scenes), s.frames, s.end > 0)
	writeScene(h, f.storyboard.GetScenes()[i])
	s.write(h)
	if before := f.before(s); before != nil {
		fmt.Fprintf(h, "after %d frames\n", before.frames)
		before.ground.write(h)
	}
	return h.Sum(nil)
}

// writeScene writes what a scene asks for, without what cannot be seen.
func writeScene(w io.Writer, s *storyboardv1.Scene) {
	seen := proto.CloneOf(s)
	seen.Id, seen.Start, seen.Duration, seen.Narration = "", nil, (*durationpb.Duration)(nil), ""
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(seen)
	if err != nil {
		// Only text that is not UTF-8 cannot be marshalled; it is told apart by its printed form.
		data = fmt.Appendf(nil, "%q", seen.String())
	}
	fmt.Fprintf(w, "%d %s\n", len(data), data)
}

// write writes what the scene's texts have become: their fonts and sizes.
func (s *scene) write(w io.Writer) {
	s.ground.write(w)
	s.captions.film.logo.write(w)
	if s.hero != nil {
		s.hero.write(w)
	}
	if s.mark != nil {
		fmt.Fprintf(w, "mark %q\n", s.mark.fonts)
	}
	if s.kicker != nil {
		fmt.Fprintf(w, "kicker %q %v %q\n", string(s.kicker.text), s.kicker.size, s.kicker.fonts)
	}
	if s.headline != nil {
		fmt.Fprintf(w, "headline %v %q\n", s.headline.block.Size, s.headline.text.Fonts)
	}
	for _, p := range s.captions.pages {
		fmt.Fprintf(w, "page %v %q\n", p.block.Size, p.paragraph.Fonts)
	}
}
