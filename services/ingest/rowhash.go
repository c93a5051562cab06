package ingest

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

// rowHash is a row's key as the scheduler remembers it.
type rowHash [16]byte

func hashKey(key string) rowHash { return short(sha256.Sum256([]byte(key))) }

// hashContent is the same for ideas that say the same, wherever they stand in the sheet. It does not depend on how this
// version of protobuf writes messages, since it is remembered for long.
func hashContent(idea *ingestv1.Idea) rowHash {
	sum := sha256.New()
	digest(sum, idea.ProtoReflect(), "row_key", "row_number")
	return short([sha256.Size]byte(sum.Sum(nil)))
}

func short(sum [sha256.Size]byte) (h rowHash) {
	copy(h[:], sum[:])
	return h
}

// digest writes the fields that are set, in the order of their numbers, but for those that are named.
func digest(to hash.Hash, m protoreflect.Message, but ...protoreflect.Name) {
	type field struct {
		protoreflect.FieldDescriptor
		value protoreflect.Value
	}
	var fields []field
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if !slices.Contains(but, d.Name()) {
			fields = append(fields, field{d, v})
		}
		return true
	})
	slices.SortFunc(fields, func(a, b field) int { return cmp.Compare(a.Number(), b.Number()) })
	number(to, len(fields))
	for _, f := range fields {
		number(to, int(f.Number()))
		switch {
		case f.IsMap():
			entries := map[string]protoreflect.Value{}
			f.value.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				entries[k.String()] = v
				return true
			})
			number(to, len(entries))
			for _, key := range slices.Sorted(maps.Keys(entries)) {
				text(to, key)
				value(to, f.MapValue(), entries[key])
			}
		case f.IsList():
			number(to, f.value.List().Len())
			for i := range f.value.List().Len() {
				value(to, f.FieldDescriptor, f.value.List().Get(i))
			}
		default:
			value(to, f.FieldDescriptor, f.value)
		}
	}
}

func value(to hash.Hash, d protoreflect.FieldDescriptor, v protoreflect.Value) {
	if d.Message() != nil {
		digest(to, v.Message())
		return
	}
	text(to, v.String())
}

func number(to hash.Hash, n int) { to.Write(binary.AppendUvarint(nil, uint64(n))) }

// text writes a text after its length, so that two texts are never taken for others.
func text(to hash.Hash, s string) {
	number(to, len(s))
	to.Write([]byte(s))
}
