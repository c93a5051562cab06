package probe

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "-a video.mp4")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin",
		"-f", "lavfi", "-i", "color=size=64x48:rate=10:duration=2", "-f", "lavfi", "-i", "anullsrc=duration=1", "-c:a", "aac",
		"file:"+path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if got.GetBitRate() <= 0 {
		t.Errorf("bit rate is %d", got.GetBitRate())
	}
	want := &renderv1.Media{
		Width: 64, Height: 48, Duration: durationpb.New(2 * time.Second), VideoCodec: "h264", AudioCodec: "aac",
		Container: "mp4", FrameRate: 10, FrameCount: 20, BitRate: got.GetBitRate(),
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("media (-want +got):\n%s", diff)
	}
}

func TestFileRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"text.mp4":     "not a video",
		"empty.mp4":    "",
		"playlist.mp4": "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if media, err := File(t.Context(), path); err == nil {
			t.Errorf("%s: %v", name, media)
		}
	}
	if _, err := File(t.Context(), filepath.Join(dir, "missing.mp4")); err == nil {
		t.Error("a missing file was measured")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"streams":[{"codec_type":"video","codec_name":"h264","width":64,"height":48,"duration":"2.0"}],"format":{"duration":"NaN"}}`))
	f.Add([]byte(`{"streams":[{"codec_type":"video","duration":"1e300"}]}`))
	f.Add([]byte(`{"streams":[{"codec_type":"video","codec_name":"vp9","width":64,"height":48,"avg_frame_rate":"99999999/1","nb_frames":"9999999999"}],"format":{"duration":"86400","bit_rate":"-1"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		media, err := parse(data)
		if err == nil && (media.GetDuration().AsDuration() <= 0 || media.GetDuration().AsDuration() > 24*time.Hour) {
			t.Errorf("media %v", media)
		}
	})
}
