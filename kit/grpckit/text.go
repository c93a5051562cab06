package grpckit

import (
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// notText is the path of a field of a message that is text but not UTF-8, or empty.
func notText(m protoreflect.Message) (path string) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		inside := ""
		switch {
		case f.IsMap():
			inside, path = notTextInMap(f, v.Map())
		case f.IsList():
			for i := 0; i < v.List().Len() && path == ""; i++ {
				inside, path = notTextIn(f, v.List().Get(i))
			}
		default:
			inside, path = notTextIn(f, v)
		}
		if path != "" && inside != "" {
			path += "." + inside
		}
		return path == ""
	})
	return path
}

func notTextInMap(f protoreflect.FieldDescriptor, m protoreflect.Map) (inside, path string) {
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		if _, path = notTextIn(f.MapKey(), k.Value()); path == "" {
			inside, path = notTextIn(f.MapValue(), v)
		}
		return path == ""
	})
	if path != "" {
		path = string(f.Name())
	}
	return inside, path
}

// notTextIn looks at one value of a field. It returns the field's name, and the path inside of a message.
func notTextIn(f protoreflect.FieldDescriptor, v protoreflect.Value) (inside, path string) {
	switch f.Kind() {
	case protoreflect.StringKind:
		if !utf8.ValidString(v.String()) {
			return "", string(f.Name())
		}
	case protoreflect.MessageKind:
		if inside = notText(v.Message()); inside != "" {
			return inside, string(f.Name())
		}
	}
	return "", ""
}
