package gateway

import (
	"strings"
	"testing"
	"unicode/utf8"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestPathAt(t *testing.T) {
	const text = `{"a": {"b": [1, {"c": true}], "d": "x"},
  "é": null, "e": [[], [2]]}`
	tests := []struct{ at, want string }{
		{`{"a"`, ""},
		{`"a"`, "a"},
		{`"b"`, "a.b"},
		{`1,`, "a.b[0]"},
		{`"c"`, "a.b[1].c"},
		{`true`, "a.b[1].c"},
		{`"x"`, "a.d"},
		{`null`, "é"},
		{`2]`, "e[1][0]"},
	}
	for _, tt := range tests {
		if got := pathAt([]byte(text), strings.Index(text, tt.at)); got != tt.want {
			t.Errorf("pathAt(%s) = %q, want %q", tt.at, got, tt.want)
		}
	}
}

func TestOffsetOf(t *testing.T) {
	data := []byte("ab\nécd\n")
	tests := []struct{ line, column, want int }{{1, 1, 0}, {1, 2, 1}, {2, 1, 3}, {2, 2, 5}, {2, 3, 6}, {9, 1, 8}, {1, 99, 8}}
	for _, tt := range tests {
		if got := offsetOf(data, tt.line, tt.column); got != tt.want {
			t.Errorf("offsetOf(%d, %d) = %d, want %d", tt.line, tt.column, got, tt.want)
		}
	}
}

// FuzzDecode checks that any body is decoded or refused with a reason, and that the refusal is text.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"source":{"googleSheet":{"spreadsheet":"x"}}}`, `{"sourc":1}`, `{"renderOptions":{"resolution":[1,{"a":2}]}}`,
		`[`, `{"a":"\ud800"}`, "{\"é\":1,\n\"displayName\":7}", `{"priority":"NONE"}`, `null`, `{"retryPolicy":{"maxBackoff":"5"}}`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var job *schedulerv1.BulkJob
		err := newCodec().decode(strings.NewReader(string(data)), &job)
		if err == nil || err.Error() == "EOF" {
			return
		}
		if errs.ReasonOf(err).String() != "REQUEST_MALFORMED" {
			t.Errorf("decode(%q) = %v, without its reason", data, err)
		}
		if !utf8.ValidString(err.Error()) {
			t.Errorf("decode(%q): the error is no text: %q", data, err.Error())
		}
	})
}
