package gateway

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// offsetOf gives the byte offset of a line and column, both from 1; columns count runes, as protojson does.
func offsetOf(data []byte, line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		end := bytes.IndexByte(data[offset:], '\n')
		if end < 0 {
			return len(data)
		}
		offset += end + 1
	}
	for i := range string(data[offset:]) {
		if column--; column <= 0 {
			return offset + i
		}
	}
	return len(data)
}

// pathAt gives the path of the member or element at a byte offset of a JSON text, for example `source.tags[2]`;
// empty for the text as a whole or when it is not JSON.
func pathAt(data []byte, offset int) string {
	type level struct {
		array bool
		index int
		key   string
		value bool // in an object: a value comes next, not a key
	}
	var levels []level
	path := func() string {
		var b strings.Builder
		for _, l := range levels {
			switch {
			case l.array:
				b.WriteString("[" + strconv.Itoa(l.index) + "]")
			case l.key != "":
				if b.Len() > 0 {
					b.WriteByte('.')
				}
				b.WriteString(l.key)
			}
		}
		return b.String()
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return ""
		}
		top := len(levels) - 1
		name, isName := token.(string)
		isName = isName && top >= 0 && !levels[top].array && !levels[top].value
		if isName {
			levels[top].key, levels[top].value = name, true
		}
		if int(dec.InputOffset()) > offset {
			return path()
		}
		if isName {
			continue
		}
		if d, ok := token.(json.Delim); ok && (d == '{' || d == '[') {
			levels = append(levels, level{array: d == '['})
			continue
		} else if ok {
			levels = levels[:top]
			top--
		}
		if top >= 0 { // a value of the level around is complete
			if levels[top].array {
				levels[top].index++
			} else {
				levels[top].key, levels[top].value = "", false
			}
		}
	}
}
