package studio

import "github.com/sheetreel/sheetreel/services/render/studio/art"

// openArt looks for illustrations.
func (s *Studio) openArt() *art.Library {
	found := art.Open(s.cfg.Art)
	if found.Len() == 0 {
		s.log.Warn("there are no illustrations; the emoji of the fonts take their place", "folders", s.cfg.Art)
	}
	return found
}
