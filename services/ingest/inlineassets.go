package ingest

import (
	"maps"
	"slices"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// mostScenes is the last scene that can have a column of its own.
const mostScenes = 100

// assetField is the column that an asset would stand in, or "" when there is none.
func assetField(a *ingestv1.IdeaAsset) mapping.Field {
	field := map[ingestv1.IdeaAsset_Kind]mapping.Field{
		ingestv1.IdeaAsset_IMAGE: mapping.Images, ingestv1.IdeaAsset_VIDEO: mapping.Videos, ingestv1.IdeaAsset_AUDIO: mapping.Audio,
		ingestv1.IdeaAsset_LOGO: mapping.Logo, ingestv1.IdeaAsset_THUMBNAIL: mapping.Thumbnail,
	}[a.GetKind()]
	switch n := int(a.GetScene()); {
	case n == 0:
		return field
	case n < 0 || n > mostScenes || field == mapping.Logo || field == mapping.Thumbnail || field == "":
		return ""
	default:
		return mapping.SceneAsset(n, field)
	}
}

// assetColumns are columns for the assets that ideas have, by scene.
func assetColumns(ideas []*ingestv1.Idea) []inlineColumn {
	type place struct {
		scene int32
		kind  ingestv1.IdeaAsset_Kind
	}
	found := map[place]mapping.Field{}
	for _, idea := range ideas {
		for _, a := range idea.GetAssets() {
			found[place{a.GetScene(), a.GetKind()}] = assetField(a)
		}
	}
	places := slices.SortedFunc(maps.Keys(found), func(a, b place) int {
		if a.scene != b.scene {
			return int(a.scene - b.scene)
		}
		return int(a.kind - b.kind)
	})
	var columns []inlineColumn
	for _, at := range places {
		columns = append(columns, inlineColumn{found[at], func(idea *ingestv1.Idea) string {
			var links []string
			for _, a := range idea.GetAssets() {
				if a.GetScene() == at.scene && a.GetKind() == at.kind {
					links = append(links, a.GetUri())
				}
			}
			return strings.Join(links, "\n")
		}})
	}
	return columns
}
