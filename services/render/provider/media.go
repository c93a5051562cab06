package provider

import (
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/protobuf/proto"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// MediaKey names what a picture or clip needs from outside, in [Request.Media]: its address, or for one that a provider
// makes, a name made of all that it is asked for. It is empty for what needs nothing, such as an emoji.
func MediaKey(m *storyboardv1.Media) string {
	switch kind := m.GetKind().(type) {
	case *storyboardv1.Media_ImageUri:
		return kind.ImageUri
	case *storyboardv1.Media_VideoUri:
		return kind.VideoUri
	case *storyboardv1.Media_Generated_:
		wish, err := proto.MarshalOptions{Deterministic: true}.Marshal(kind.Generated)
		if err != nil {
			return "" // no prompt that is text can cause it
		}
		sum := sha256.Sum256(wish)
		return "generated:" + kind.Generated.GetProvider() + ":" + hex.EncodeToString(sum[:])
	}
	return ""
}
