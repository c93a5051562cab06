package envoy

import (
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

func TestNewRequest(t *testing.T) {
	const want = "\n\x05bench" + // domain
		"\x12\x0f" + "\n\x0d\n\x07project\x12\x02p1" +
		"\x12\x1b" + "\n\x0d\n\x07project\x12\x02p1" + "\n\x0a\n\x04user\x12\x02u1"
	if got := string(NewRequest("p1", "u1")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// status is an encoded DescriptorStatus: its code, its limit (a message), and what remains if that is not zero.
func status(left uint64) []byte {
	s := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1)
	s = field(s, 2, []byte{8, 60})
	if left > 0 {
		s = protowire.AppendVarint(protowire.AppendTag(s, 3, protowire.VarintType), left)
	}
	return s
}

func TestParse(t *testing.T) {
	code := func(c uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), c)
	}
	for _, c := range []struct {
		name  string
		reply []byte
		want  Decision
	}{
		{"allowed", field(field(code(1), 2, status(299)), 2, status(59)), Decision{Allowed: true, Left: []uint64{299, 59}}},
		{"over the limit", field(code(2), 2, status(0)), Decision{Left: []uint64{0}}},
		{"no code", nil, Decision{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse(c.reply)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
	if _, err := parse([]byte{0x12, 5, 1}); err == nil {
		t.Error("a truncated answer was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("\x08\x01\x12\x04\x08\x01\x18\x3b"))
	f.Add([]byte{0x12, 5, 1})
	f.Fuzz(func(t *testing.T, reply []byte) {
		if d, err := parse(reply); err == nil && len(d.Left) > len(reply) {
			t.Errorf("%q gives %+v", reply, d)
		}
	})
}

func TestRedis(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatalf("%v: deploy/setup.sh installs what the tests need", err)
	}
	redis, err := StartRedis(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if used, err := redis.CPU(); err != nil || used <= 0 {
		t.Errorf("CPU time %v, error %v", used, err)
	}
	if err := redis.Stop(); err != nil {
		t.Error(err)
	}
}
