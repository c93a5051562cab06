package validate

import (
	"fmt"
	"path"
	"slices"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// assetRules say what links to pictures, videos and sounds look like.
type assetRules struct {
	Most  int      `yaml:"most"` // of a row
	Image []string `yaml:"image"`
	Video []string `yaml:"video"`
	Audio []string `yaml:"audio"`
	Other []string `yaml:"other"` // endings of what is none of them
	Pages []string `yaml:"pages"` // hosts with the beginnings of paths that show a file instead of giving it
}

// assetField is a column of links.
type assetField struct {
	field mapping.Field
	kind  ingestv1.IdeaAsset_Kind
	scene int
}

// assetFields lists the columns of links in a sheet.
func assetFields(h *mapping.Header) []assetField {
	kinds := map[mapping.Field]ingestv1.IdeaAsset_Kind{
		mapping.Images: ingestv1.IdeaAsset_IMAGE, mapping.Videos: ingestv1.IdeaAsset_VIDEO, mapping.Audio: ingestv1.IdeaAsset_AUDIO,
		mapping.Logo: ingestv1.IdeaAsset_LOGO, mapping.Thumbnail: ingestv1.IdeaAsset_THUMBNAIL,
	}
	var fields []assetField
	for _, c := range h.Columns {
		scene, of := 0, c.Field
		if n, kind, ok := c.Field.SceneAsset(); ok {
			scene, of = n, kind
		}
		if kind, ok := kinds[of]; ok {
			fields = append(fields, assetField{c.Field, kind, scene})
		}
	}
	return fields
}

// assets reads the links of a row, in the order of the columns.
func (r *reader) assets() []*ingestv1.IdeaAsset {
	var assets []*ingestv1.IdeaAsset
	for _, f := range r.run.assets {
		for _, link := range r.links(f) {
			asset := &ingestv1.IdeaAsset{Kind: f.kind, Uri: link, Scene: int32(f.scene)}
			switch {
			case slices.ContainsFunc(assets, func(a *ingestv1.IdeaAsset) bool {
				return a.GetKind() == asset.GetKind() && a.GetUri() == asset.GetUri() && a.GetScene() == asset.GetScene()
			}):
			case len(assets) == r.rules.file.Assets.Most:
				r.note(f.field, "assets.count", warning, fmt.Sprintf("A row may have %d links to pictures, videos and sounds; the rest is left out.", r.rules.file.Assets.Most), "")
				return assets
			default:
				assets = append(assets, asset)
			}
		}
	}
	return assets
}

// links reads a cell of links. A text without any link is told and left out.
func (r *reader) links(f assetField) []string {
	cell, ok := r.value(f.field)
	if !ok {
		return nil
	}
	words := splitLinks(cell.String())
	if !slices.ContainsFunc(words, looksLikeLink) {
		if text := clean.Line(cell.String()); text != "" {
			r.note(f.field, "assets.link", warning, "There is no link in "+quote(text)+", so it is left out.", "Write a public link such as https://example.com/tea.jpg.")
		}
		return nil
	}
	var links []string
	for _, word := range words {
		if link, ok := r.link(f, word); ok {
			links = append(links, link)
		}
	}
	if single := f.kind == ingestv1.IdeaAsset_LOGO || f.kind == ingestv1.IdeaAsset_THUMBNAIL; single && len(links) > 1 {
		r.note(f.field, "assets.single", warning, "There can be only one link here; the first is used.", "")
		links = links[:1]
	}
	return links
}

// link checks one link by what it says of itself; nothing is fetched.
func (r *reader) link(f assetField, word string) (string, bool) {
	link, problem, suggestion := checkLink(word)
	if problem != "" && r.mends() {
		if mended, still, _ := checkLink("https://" + withoutHTTP(word)); still == "" {
			r.fixed(f.field, "assets.link", "The link "+problem+".", word, mended)
			return mended, true
		}
		r.mended(f.field, "assets.link", "The link "+quote(word)+" "+problem+". It was left out.", suggestion, word, "")
		return "", false
	}
	if problem != "" {
		r.note(f.field, "assets.link", failure, "The link "+quote(word)+" "+problem+".", suggestion)
		return "", false
	}
	return link, r.fits(f, link)
}

// withoutHTTP gives the part of a link that can be tried with https; nothing for what has another scheme.
func withoutHTTP(word string) string {
	if strings.HasPrefix(strings.ToLower(word), "www.") {
		return word
	}
	rest, plain := strings.CutPrefix(strings.ToLower(word), "http://")
	if !plain {
		return ""
	}
	return word[len(word)-len(rest):]
}

// fits tells whether a link can lead to what its column is for, as far as its end tells.
func (r *reader) fits(f assetField, link string) bool {
	rules := r.rules.file.Assets
	_, rest, _ := strings.Cut(link, "://")
	address, _, _ := strings.Cut(rest, "?")
	for _, page := range rules.Pages {
		if strings.HasPrefix(strings.ToLower(address)+"/", page) && !strings.Contains(rest, "dl=1") {
			r.note(f.field, "assets.page", warning, "The link "+quote(link)+" probably shows a page with the file instead of the file itself.", "Write a link that begins to download at once.")
			return true
		}
	}
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(address[strings.IndexByte(address+"/", '/'):]), "."))
	want, what := rules.Image, "picture"
	switch f.kind {
	case ingestv1.IdeaAsset_VIDEO:
		want, what = rules.Video, "video"
	case ingestv1.IdeaAsset_AUDIO:
		want, what = rules.Audio, "sound"
	}
	if slices.Contains(want, ending) {
		return true
	}
	for _, known := range [][]string{rules.Image, rules.Video, rules.Audio, rules.Other} {
		if slices.Contains(known, ending) {
			r.note(f.field, "assets.type", warning, "The link "+quote(link)+" ends with ."+ending+", which is no "+what+" that can be used. It is left out.", "Write a link to one of "+strings.Join(want, ", ")+".")
			return false
		}
	}
	return true
}
