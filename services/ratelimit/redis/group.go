package redis

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// group names the counters that live on one node of a cluster, and are decided by one script: those of a project, or one
// of a few parts of those that do not count by project. It is a short hash, so that the id of a charge can tell its groups.
// Projects that share a group share nothing but the node.
type group string

const (
	loneGroups = 16 // "n0" to "nf"
	tagDigits  = 7  // of 32 bits to base 36, after a "p"
)

func groupOf(tag string, key []byte) group {
	h := fnv.New32a()
	if tag == "" {
		h.Write(key)
		return lone(int(h.Sum32() % loneGroups))
	}
	h.Write([]byte(tag))
	digits := strconv.FormatUint(uint64(h.Sum32()), 36)
	return group("p" + strings.Repeat("0", tagDigits-len(digits)) + digits)
}

func lone(part int) group { return group("n" + strconv.FormatInt(int64(part), loneGroups)) }

// charges are named after their groups, so that they can be found again by their ids alone.
const seriesMark = "r"

func seriesOf(groups []group) string {
	series := seriesMark
	for _, g := range groups {
		series += string(g)
	}
	return series
}

// parseCharge reads the id of a charge. It is not ours when ok is false.
func parseCharge(id string) (c engine.Charge, groups []group, ok bool) {
	cut := strings.LastIndexByte(id, '-')
	if cut < 0 {
		return c, nil, false
	}
	c, ok = engine.ParseCharge(id, id[:cut])
	if !ok {
		return c, nil, false
	}
	rest, ok := strings.CutPrefix(c.Series, seriesMark)
	if !ok || rest == "" {
		return c, nil, false
	}
	for rest != "" {
		length := 2
		if rest[0] == 'p' {
			length = 1 + tagDigits
		}
		if len(rest) < length || strings.Trim(rest[:length], "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
			return c, nil, false
		}
		groups = append(groups, group(rest[:length]))
		rest = rest[length:]
	}
	return c, groups, true
}

// number is how a charge's number is written in Redis.
func number(n uint64) string { return strconv.FormatUint(n, 36) }

// newNumber names a new charge: a number that nobody else takes.
func (e *Engine) newNumber() uint64 {
	var b [8]byte
	e.random(b[:])
	return binary.LittleEndian.Uint64(b[:])
}
