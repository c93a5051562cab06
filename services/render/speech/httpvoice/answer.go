package httpvoice

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// parse takes an answer apart: the sound file, and the words if it tells them. Words that cannot be read are none.
func (a Answer) parse(data []byte) ([]byte, []speech.Word, error) {
	if a.Audio == "" {
		return data, nil, nil
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, nil, fmt.Errorf("answer: %w", err)
	}
	text, ok := at(tree, a.Audio).(string)
	if !ok {
		return nil, nil, fmt.Errorf("answer: there is no text at %s", a.Audio)
	}
	audio, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, nil, errors.New("answer: the sound is not in base64")
	}
	var said []speech.Word
	list, _ := at(tree, a.Words).([]any)
	for _, item := range list {
		word, ok1 := at(item, a.Text).(string)
		start, ok2 := at(item, a.Start).(float64)
		end, ok3 := at(item, a.End).(float64)
		if !ok1 || !ok2 || !ok3 {
			return audio, nil, nil
		}
		said = append(said, speech.Word{Text: word, Start: a.time(start), End: a.time(end)})
	}
	return audio, said, nil
}

func (a Answer) time(v float64) time.Duration {
	unit := float64(time.Second)
	if a.Milliseconds {
		unit = float64(time.Millisecond)
	}
	return time.Duration(min(max(v*unit, -1), float64(24*time.Hour)))
}

// at is what a path of names leads to.
func at(tree any, path string) any {
	if path == "" {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		object, ok := tree.(map[string]any)
		if !ok {
			return nil
		}
		tree = object[name]
	}
	return tree
}

// fitting are the words of a text with the times that were told, or none when these are not those of its words, or make
// no sense: then they are timed by their length.
func fitting(said []speech.Word, text string, length time.Duration) []speech.Word {
	list := words.Split(text)
	if len(list) != len(said) {
		return nil
	}
	out := make([]speech.Word, len(list))
	last := time.Duration(0)
	for i, w := range said {
		if w.Start < last || w.End <= w.Start || w.End > length+50*time.Millisecond {
			return nil
		}
		out[i] = speech.Word{Text: list[i], Start: w.Start, End: min(w.End, length)}
		if out[i].End <= out[i].Start {
			return nil
		}
		last = w.End
	}
	return out
}
