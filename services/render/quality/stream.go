package quality

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"time"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/format"
)

// durationOff is how far the length of a video may be from its storyboard's.
const durationOff = 100 * time.Millisecond

// stream compares what a probe says with what was wanted.
func (c *checks) stream(j Job) {
	m, canvas := j.Media, j.Storyboard.GetCanvas()
	verdict := pass
	if canvas.GetWidth() > 0 && (m.GetWidth() != canvas.GetWidth() || m.GetHeight() != canvas.GetHeight()) {
		verdict = fail
	}
	c.add(RuleSize, verdict, "the picture has %d x %d pixels; wanted are %d x %d", m.GetWidth(), m.GetHeight(), canvas.GetWidth(), canvas.GetHeight())
	got, want := m.GetDuration().AsDuration(), j.Storyboard.GetDuration().AsDuration()
	verdict = pass
	if (got - want).Abs() > durationOff {
		verdict = fail
	}
	measured(c.add(RuleDuration, verdict, "the video lasts %.2f s, its scenes %.2f s", got.Seconds(), want.Seconds()), got.Seconds(), want.Seconds(), "s")
	if j.Known == nil {
		return
	}
	frames := math.Round(want.Seconds() * float64(canvas.GetFrameRate()))
	verdict = pass
	if math.Abs(float64(m.GetFrameCount())-frames) > 2 {
		verdict = fail
	}
	measured(c.add(RuleFrames, verdict, "there are %d frames", m.GetFrameCount()), float64(m.GetFrameCount()), frames, "frames")
	c.codecs(j)
}

// codecs compares the kind of file.
func (c *checks) codecs(j Job) {
	want, err := format.Of(j.Storyboard.GetOutput())
	if err != nil {
		return
	}
	video := map[storyboardv1.Output_VideoCodec]string{format.H264: "h264", format.H265: "hevc", format.VP9: "vp9"}[want.Video]
	audio := map[storyboardv1.Output_AudioCodec]string{format.AAC: "aac", format.OPUS: "opus"}[want.Audio]
	verdict := pass
	if j.Media.GetVideoCodec() != video || j.Media.GetAudioCodec() != audio {
		verdict = fail
	}
	c.add(RuleCodecs, verdict, "the file has %s and %q; wanted are %s and %q", j.Media.GetVideoCodec(), j.Media.GetAudioCodec(), video, audio)
}

// decode tells what ffmpeg complained about.
func (c *checks) decode(s *seen) {
	if len(s.broken) == 0 {
		c.add(RuleDecode, pass, "all of the file can be decoded")
		return
	}
	c.add(RuleDecode, fail, "the file is damaged: %.300s", strings.Join(s.broken, "; "))
}

// faststart tells whether an MP4 or MOV plays before all of it has come.
func (c *checks) faststart(j Job) {
	file, err := os.Open(j.Video)
	if err != nil {
		return
	}
	defer file.Close()
	early, known := headFirst(file)
	switch {
	case !known: // not a file of boxes
	case early:
		c.add(RuleFastStart, pass, "the video plays before all of it has come")
	default:
		c.add(RuleFastStart, fail, "the video does not play before all of it has come")
	}
}

// maxBoxes bounds the walk over a file's boxes.
const maxBoxes = 1000

// headFirst walks over the boxes of a file and tells whether moov comes before mdat; known is false when neither comes.
func headFirst(r io.ReadSeeker) (early, known bool) {
	for range maxBoxes {
		var head [16]byte
		if _, err := io.ReadFull(r, head[:8]); err != nil {
			return false, false
		}
		size, read := int64(binary.BigEndian.Uint32(head[:4])), int64(8)
		switch string(head[4:8]) {
		case "moov":
			return true, true
		case "mdat":
			return false, true
		}
		if size == 1 {
			if _, err := io.ReadFull(r, head[8:]); err != nil {
				return false, false
			}
			size, read = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if size < read {
			return false, false
		}
		if _, err := r.Seek(size-read, io.SeekCurrent); errors.Is(err, io.EOF) || err != nil {
			return false, false
		}
	}
	return false, false
}
