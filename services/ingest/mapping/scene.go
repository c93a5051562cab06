package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
