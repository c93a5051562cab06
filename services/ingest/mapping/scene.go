package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mostScenes is how many numbered scene columns are known.
const mostScenes = 100

var numbered = regexp.MustCompile(`^(?:scene|scenes|shot|szene|escena)#?([1-9][0-9]{0,2})$`)

// SceneField is the field of the column of one scene, counted from 1.
func SceneField(n int) Field { return Field(fmt.Sprintf("scene_%d", n)) }

// sceneNumber reads the compact form of a header such as `Scene 3`.
func sceneNumber(key string) (int, bool) {
	m := numbered.FindStringSubmatch(key)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil && n <= mostScenes
}

// ofScene and sceneOf are the compact forms of headers such as `Scene 3 image` and `Image of scene 3`.
var (
	ofScene = regexp.MustCompile(`^(?:scene|shot|szene|escena)#?([1-9][0-9]{0,2})(\p{L}+)$`)
	sceneOf = regexp.MustCompile(`^(\p{L}+?)(?:of|for|von|de)?(?:scene|shot|szene|escena)#?([1-9][0-9]{0,2})$`)
)

// SceneAsset is the field of the column that has one scene's pictures, videos or sounds: kind is Images, Videos or Audio.
func SceneAsset(n int, kind Field) Field { return SceneField(n) + "_" + kind }

// SceneAsset gives the scene and the kind of a field of one scene's assets.
func (f Field) SceneAsset() (n int, kind Field, ok bool) {
	for _, kind := range [...]Field{Images, Videos, Audio} {
		scene, found := strings.CutSuffix(string(f), "_"+string(kind))
		if !found {
			continue
		}
		if n, ok := Field(scene).Scene(); ok && n >= 1 && n <= mostScenes {
			return n, kind, true
		}
	}
	return 0, "", false
}

// sceneAsset reads the compact form of a header. word says what a word means, as for columns without a scene.
func sceneAsset(key string, word func(string) (Field, bool)) (Field, bool) {
	number, kind := "", ""
	if m := ofScene.FindStringSubmatch(key); m != nil {
		number, kind = m[1], m[2]
	} else if m := sceneOf.FindStringSubmatch(key); m != nil {
		number, kind = m[2], m[1]
	}
	n, err := strconv.Atoi(number)
	if err != nil || n > mostScenes {
		return "", false
	}
	if field, ok := word(kind); ok && (field == Images || field == Videos || field == Audio) {
		return SceneAsset(n, field), true
	}
	if kind == "video" { // as a column of its own, it could be the video's title
		return SceneAsset(n, Videos), true
	}
	return "", false
}

// SceneAssets gives the fields of columns with one scene's assets, from left to right.
func (h *Header) SceneAssets() []Field {
	var fields []Field
	for _, c := range h.Columns {
		if _, _, ok := c.Field.SceneAsset(); ok {
			fields = append(fields, c.Field)
		}
	}
	return fields
}

// Scene gives the number of a scene's field.
func (f Field) Scene() (int, bool) {
	const prefix = "scene_"
	if len(f) <= len(prefix) || f[:len(prefix)] != prefix {
		return 0, false
	}
	n, err := strconv.Atoi(string(f[len(prefix):]))
	return n, err == nil
}

// Scenes gives the fields of the numbered scene columns, in the order of their numbers.
func (h *Header) Scenes() []Field {
	var numbers []int
	for _, c := range h.Columns {
		if n, ok := c.Field.Scene(); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	var fields []Field
	for _, n := range numbers {
		fields = append(fields, SceneField(n))
	}
	return fields
}
