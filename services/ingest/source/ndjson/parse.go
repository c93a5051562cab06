package ndjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// exactDigits is how many digits a number may have without losing some.
const exactDigits = 15

// parse reads the object in a line and gives each of its values as a cell with the name of its column.
func parse(line []byte, give func(name string, cell source.Cell)) error {
	if line[0] != '{' {
		return errors.New("is no JSON object; write one object a line, such as {\"title\": \"...\", \"script\": \"...\"}")
	}
	if !utf8.Valid(line) {
		return errors.New("is not UTF-8; save the file as UTF-8")
	}
	return object(line, func(name string, value json.RawMessage) error {
		switch name {
		case "variables":
			if isObject(value) {
				return object(value, func(name string, value json.RawMessage) error { return put(give, "var:"+name, value) })
			}
		case "assets":
			if value[0] == '[' {
				return assets(value, give)
			}
		case "rowNumber", "row_number": // the place in the file says it
			return nil
		}
		return put(give, name, value)
	})
}

// object reads the names and values of an object in their order.
func object(text []byte, each func(name string, value json.RawMessage) error) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return explain(err)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return explain(err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return explain(err)
		}
		if err := each(fmt.Sprint(name), value); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return explain(err)
	}
	if rest := bytes.TrimSpace(text[decoder.InputOffset():]); len(rest) > 0 {
		return errors.New("has more than one JSON object; write one a line")
	}
	return nil
}

// explain says where a line stops being JSON.
func explain(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("is not valid JSON at byte %d: %w", syntax.Offset, err)
	}
	return errors.New("is not valid JSON: it ends too early; an object must not go over several lines")
}

func put(give func(string, source.Cell), name string, value json.RawMessage) error {
	if strings.TrimSpace(name) == "" || name == "var:" {
		return errors.New("has a value without a name")
	}
	cell, err := cellOf(value)
	if err == nil {
		give(name, cell)
	}
	return err
}

// seconds is a length as protobuf writes it, with zeros that people do not write.
var seconds = regexp.MustCompile(`^(\d+\.\d{3,9})s$`)

// cellOf makes a cell of a value. A list is written an entry a line; anything deeper stays JSON.
func cellOf(value json.RawMessage) (source.Cell, error) {
	switch value[0] {
	case 'n':
		return source.Cell{}, nil
	case 't', 'f':
		return source.Bool(value[0] == 't'), nil
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return source.Cell{}, explain(err)
		}
		if m := seconds.FindStringSubmatch(text); m != nil {
			text = strings.TrimRight(strings.TrimRight(m[1], "0"), ".") + "s"
		}
		return source.Text(text), nil
	case '[':
		if text, ok := list(value); ok {
			return source.Text(text), nil
		}
		return compact(value)
	case '{':
		return compact(value)
	}
	text := string(value)
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || len(strings.Trim(text, "-.")) > exactDigits {
		return source.Text(text), nil
	}
	return source.Number(number), nil
}

// list joins a list of texts and numbers; ok is false for any other.
func list(value json.RawMessage) (text string, ok bool) {
	var entries []any
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	if decoder.Decode(&entries) != nil {
		return "", false
	}
	var lines []string
	for _, entry := range entries {
		switch entry := entry.(type) {
		case string:
			lines = append(lines, entry)
		case json.Number:
			lines = append(lines, entry.String())
		default:
			return "", false
		}
	}
	return strings.Join(lines, "\n"), true
}

func compact(value json.RawMessage) (source.Cell, error) {
	var text bytes.Buffer
	if err := json.Compact(&text, value); err != nil {
		return source.Cell{}, explain(err)
	}
	return source.Text(text.String()), nil
}

// assets gives the files that an idea wants, by their kind, each in the column that a sheet has for it.
func assets(value json.RawMessage, give func(string, source.Cell)) error {
	var all []struct {
		Kind, URI string
		Scene     int
	}
	if err := json.Unmarshal(value, &all); err != nil {
		return errors.New("assets must be a list of objects with a kind, a uri, and the number of a scene if it is for one")
	}
	columns := map[string]string{"IMAGE": "images", "VIDEO": "videos", "AUDIO": "audio", "LOGO": "logo", "THUMBNAIL": "thumbnail"}
	byColumn := map[string][]string{}
	for _, asset := range all {
		column, known := columns[asset.Kind]
		if !known {
			return fmt.Errorf("%q is no kind of an asset; write IMAGE, VIDEO, AUDIO, LOGO or THUMBNAIL", asset.Kind)
		}
		if asset.Scene != 0 {
			column = fmt.Sprintf("scene_%d_%s", asset.Scene, column)
		}
		byColumn[column] = append(byColumn[column], asset.URI)
	}
	for _, column := range slices.Sorted(maps.Keys(byColumn)) {
		give(column, source.Text(strings.Join(byColumn[column], "\n")))
	}
	return nil
}

func isObject(value json.RawMessage) bool { return value[0] == '{' }
