package espeak

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// wav is a mono sound in 16 bits.
type wav struct {
	rate    int
	samples []int16
}

// parseWAV reads a RIFF WAVE file of 16-bit mono PCM. A program that writes to a pipe does not know its length
// beforehand, so the last chunk may claim more than there is.
func parseWAV(data []byte) (wav, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return wav{}, errors.New("not a WAV file")
	}
	var out wav
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:8]))
		rest = rest[8:]
		body := rest[:min(size, uint64(len(rest)))]
		switch id {
		case "fmt ":
			if len(body) < 16 {
				return wav{}, errors.New("a short format chunk")
			}
			format, channels := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:])
			rate, bits := binary.LittleEndian.Uint32(body[4:]), binary.LittleEndian.Uint16(body[14:])
			if format != 1 || channels != 1 || bits != 16 || rate < 4000 || rate > 192_000 {
				return wav{}, fmt.Errorf("format %d, %d channels, %d bits, %d Hz; want 16-bit mono PCM", format, channels, bits, rate)
			}
			out.rate = int(rate)
		case "data":
			if out.rate == 0 {
				return wav{}, errors.New("sound before its format")
			}
			out.samples = make([]int16, len(body)/2)
			for i := range out.samples {
				out.samples[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return out, nil
		}
		rest = rest[min(size+size%2, uint64(len(rest))):]
	}
	return wav{}, errors.New("no sound in the WAV file")
}

// writeWAV writes a file that parseWAV reads.
func writeWAV(path string, w wav) error {
	size := uint32(2 * len(w.samples))
	data := make([]byte, 0, 44+size)
	data = append(data, "RIFF"...)
	data = binary.LittleEndian.AppendUint32(data, 36+size)
	data = append(data, "WAVEfmt "...)
	data = binary.LittleEndian.AppendUint32(data, 16)
	data = binary.LittleEndian.AppendUint16(data, 1)
	data = binary.LittleEndian.AppendUint16(data, 1)
	data = binary.LittleEndian.AppendUint32(data, uint32(w.rate))
	data = binary.LittleEndian.AppendUint32(data, uint32(2*w.rate))
	data = binary.LittleEndian.AppendUint16(data, 2)
	data = binary.LittleEndian.AppendUint16(data, 16)
	data = append(data, "data"...)
	data = binary.LittleEndian.AppendUint32(data, size)
	for _, s := range w.samples {
		data = binary.LittleEndian.AppendUint16(data, uint16(s))
	}
	return os.WriteFile(path, data, 0o600)
}

// trim takes off the silence before and after the speech, but for a few milliseconds of soft sounds.
func trim(w wav) []int16 {
	const threshold = 160 // of 32,767: -46 dB
	margin := w.rate / 80
	from, to := 0, len(w.samples)
	for from < to && quiet(w.samples[from], threshold) {
		from++
	}
	for to > from && quiet(w.samples[to-1], threshold) {
		to--
	}
	if from == to {
		return nil
	}
	return w.samples[max(from-margin, 0):min(to+margin, len(w.samples))]
}

func quiet(sample, threshold int16) bool { return sample < threshold && sample > -threshold }
