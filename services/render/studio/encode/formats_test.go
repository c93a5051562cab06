package encode_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/render/format"
)

// stream is what ffprobe says about a stream.
type stream struct {
	Codec     string `json:"codec_name"`
	Tag       string `json:"codec_tag_string"`
	Pixels    string `json:"pix_fmt"`
	Space     string `json:"color_space"`
	Primaries string `json:"color_primaries"`
	Transfer  string `json:"color_transfer"`
	Range     string `json:"color_range"`
	Frames    string `json:"nb_read_frames"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	Rate      string `json:"avg_frame_rate"`
}

// TestFormats makes a video of three chunks in every kind that is offered, and lets ffprobe say what it is.
func TestFormats(t *testing.T) {
	names := map[any]string{format.H264: "h264", format.H265: "hevc", format.VP9: "vp9", format.AAC: "aac", format.OPUS: "opus"}
	for _, f := range format.All() {
		t.Run(fmt.Sprint(f.Container, f.Video, f.Audio), func(t *testing.T) {
			t.Parallel()
			got, sound, length := probe(t, video(t, f))
			want := stream{
				Codec: names[f.Video], Tag: got.Tag, Pixels: "yuv420p", Space: "bt709", Primaries: "bt709", Transfer: "bt709",
				Range: "tv", Frames: "13", Width: width, Height: height, Rate: fmt.Sprintf("%d/1", rate),
			}
			if f.Video == format.H265 {
				want.Tag = "hvc1" // Apple's players take no other
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("picture (-want +got):\n%s", diff)
			}
			if sound.Codec != names[f.Audio] {
				t.Errorf("sound is %s", sound.Codec)
			}
			if want := 13.0 / rate; length < want-0.1 || length > want+0.1 {
				t.Errorf("lasts %.3f s, want %.3f s", length, want)
			}
		})
	}
}

// TestFramesAreEvenlySpaced joins chunks at a rate at which no frame's time is a whole number of microseconds.
func TestFramesAreEvenlySpaced(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-select_streams", "v", "-of", "json",
		"-show_entries", "frame=pts", video(t, plain())).Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Frames []struct {
			PTS int `json:"pts"`
		} `json:"frames"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	for i, f := range answer.Frames {
		if f.PTS != 512*i {
			t.Errorf("frame %d is at %d", i, f.PTS)
		}
	}
}

func probe(t *testing.T, path string) (picture, sound stream, length float64) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-count_frames", "-of", "json",
		"-show_streams", "-show_format", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Streams []stream `json:"streams"`
		Format  struct {
			Duration string `json:"duration"`
		} `json:"format"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	length, err = strconv.ParseFloat(answer.Format.Duration, 64)
	if err != nil || len(answer.Streams) != 2 {
		t.Fatalf("%d streams, %v", len(answer.Streams), err)
	}
	return answer.Streams[0], answer.Streams[1], length
}
