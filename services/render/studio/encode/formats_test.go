package encode_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/render/format"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
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

// TestFormats makes a video of two chunks in every kind that is offered, and lets ffprobe say what it is.
func TestFormats(t *testing.T) {
	names := map[any]string{format.H264: "h264", format.H265: "hevc", format.VP9: "vp9", format.AAC: "aac", format.OPUS: "opus"}
	dir := t.TempDir()
	silence(t, filepath.Join(dir, "track.wav"), 9)
	made := map[any]bool{}
	for i, f := range format.All() {
		cut := encode.Cut{
			Chunks: []encode.Chunk{{File: names[f.Video] + "-0.mp4", Frames: 4}, {File: names[f.Video] + "-1.mp4", Frames: 5}},
			Sound:  names[f.Audio] + ".mp4", File: fmt.Sprint(i, f.FileName()), Picture: picture(f),
		}
		if !made[f.Video] {
			for _, c := range cut.Chunks {
				chunk(t, dir, c.File, cut.Picture, c.Frames)
			}
		}
		if !made[f.Audio] {
			if _, err := encode.Sound(t.Context(), encode.Tool{}, dir, "track.wav", cut.Sound, f); err != nil {
				t.Fatal(err)
			}
		}
		made[f.Video], made[f.Audio] = true, true
		t.Run(fmt.Sprint(f.Container, f.Video, f.Audio), func(t *testing.T) {
			if _, err := encode.Join(t.Context(), encode.Tool{}, dir, cut); err != nil {
				t.Fatal(err)
			}
			got, sound, length := probe(t, filepath.Join(dir, cut.File))
			want := stream{
				Codec: names[f.Video], Tag: got.Tag, Pixels: "yuv420p", Space: "bt709", Primaries: "bt709", Transfer: "bt709",
				Range: "tv", Frames: "9", Width: width, Height: height, Rate: fmt.Sprintf("%d/1", rate),
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
			if want := 9.0 / rate; length < want-0.1 || length > want+0.1 {
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
