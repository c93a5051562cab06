package sound

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// maxSpeech bounds a speech file: half an hour at 48 kHz.
const maxSpeech = 30 * 60 * Rate * 2

// maxMusic bounds a piece of music: quarter of an hour of two channels, as long as the longest video.
const maxMusic = 15 * 60 * Rate * 4

// Read reads a WAV file of 16-bit PCM; several channels are mixed into one.
func Read(path string) (rate int, out []float32, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, nil, err
	}
	defer file.Close()
	return decode(file)
}

// decode reads mono sound.
func decode(r io.Reader) (rate int, out []float32, err error) {
	in := bufio.NewReader(r)
	rate, channels, size, err := header(in)
	if err != nil {
		return 0, nil, err
	}
	out, err = readSamples(in, min(size, maxSpeech), channels)
	return rate, out, err
}

// decodeStereo reads sound of two channels at [Rate].
func decodeStereo(r io.Reader) (left, right []float32, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	rate, channels, size, err := header(in)
	if err != nil {
		return nil, nil, err
	}
	if rate != Rate || channels != 2 {
		return nil, nil, fmt.Errorf("wav: %d channels at %d Hz, want 2 at %d", channels, rate, Rate)
	}
	var pair [4]byte
	for range min(size, maxMusic) / 4 {
		if _, err := io.ReadFull(in, pair[:]); err != nil {
			break // it is taken as it is
		}
		left = append(left, float32(int16(binary.LittleEndian.Uint16(pair[:])))/32768)
		right = append(right, float32(int16(binary.LittleEndian.Uint16(pair[2:])))/32768)
	}
	return left, right, nil
}

// header reads all that comes before the samples.
func header(in *bufio.Reader) (rate, channels int, size int64, err error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, 0, 0, fmt.Errorf("wav: header: %w", err)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return 0, 0, 0, errors.New("wav: is not a RIFF WAVE file")
	}
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(in, chunk[:]); err != nil {
			return 0, 0, 0, fmt.Errorf("wav: no data: %w", err)
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "fmt ":
			var format [16]byte
			if size < 16 {
				return 0, 0, 0, fmt.Errorf("wav: format chunk has %d bytes", size)
			}
			if _, err := io.ReadFull(in, format[:]); err != nil {
				return 0, 0, 0, fmt.Errorf("wav: format: %w", err)
			}
			if rate, channels, err = parseFormat(format); err != nil {
				return 0, 0, 0, err
			}
			size -= 16
		case "data":
			if channels == 0 {
				return 0, 0, 0, errors.New("wav: data before format")
			}
			return rate, channels, size, nil
		}
		if _, err := io.CopyN(io.Discard, in, size+size%2); err != nil {
			return 0, 0, 0, fmt.Errorf("wav: chunk %q: %w", chunk[:4], err)
		}
	}
}

func parseFormat(f [16]byte) (rate, channels int, err error) {
	code, bits := binary.LittleEndian.Uint16(f[0:]), binary.LittleEndian.Uint16(f[14:])
	if code != 1 && code != 0xFFFE || bits != 16 {
		return 0, 0, fmt.Errorf("wav: format %d with %d bits, want PCM with 16", code, bits)
	}
	channels, rate = int(binary.LittleEndian.Uint16(f[2:])), int(binary.LittleEndian.Uint32(f[4:]))
	if channels < 1 || channels > 8 || rate < 4000 || rate > 192000 {
		return 0, 0, fmt.Errorf("wav: %d channels at %d Hz", channels, rate)
	}
	return rate, channels, nil
}

// readSamples reads at most size bytes. A file that ends early is taken as it is: some programs write to a pipe and
// cannot know the size beforehand.
func readSamples(in io.Reader, size int64, channels int) ([]float32, error) {
	data, err := io.ReadAll(io.LimitReader(in, size))
	if err != nil {
		return nil, fmt.Errorf("wav: data: %w", err)
	}
	frame := 2 * channels
	out := make([]float32, len(data)/frame)
	for i := range out {
		sum := float32(0)
		for c := range channels {
			sum += float32(int16(binary.LittleEndian.Uint16(data[i*frame+2*c:])))
		}
		out[i] = sum / float32(channels) / 32768
	}
	return out, nil
}

// WriteMono writes a WAV file of one channel in 16-bit PCM. Where from and to lie beyond the samples there is silence.
func WriteMono(path string, samples []float32, rate, from, to int) error {
	data := make([]byte, 0, 2*(to-from))
	for i := from; i < to; i++ {
		v := float32(0)
		if i >= 0 && i < len(samples) {
			v = samples[i]
		}
		data = binary.LittleEndian.AppendUint16(data, uint16(toPCM(v)))
	}
	return os.WriteFile(path, append(head(len(data), rate, 1), data...), 0o644)
}

// head is what comes before the samples of a file of 16-bit PCM.
func head(size, rate, channels int) []byte {
	head := []byte("RIFF....WAVEfmt ")
	binary.LittleEndian.PutUint32(head[4:], uint32(36+size))
	head = binary.LittleEndian.AppendUint32(head, 16)
	head = binary.LittleEndian.AppendUint16(head, 1) // PCM
	head = binary.LittleEndian.AppendUint16(head, uint16(channels))
	head = binary.LittleEndian.AppendUint32(head, uint32(rate))
	head = binary.LittleEndian.AppendUint32(head, uint32(rate*2*channels))
	head = binary.LittleEndian.AppendUint16(head, uint16(2*channels))
	head = binary.LittleEndian.AppendUint16(head, 16)
	head = append(head, "data"...)
	return binary.LittleEndian.AppendUint32(head, uint32(size))
}

// encode writes a stereo WAV file of 16-bit PCM.
func encode(path string, left, right []float32) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriterSize(file, 1<<16)
	w.Write(head(len(left)*4, Rate, 2)) // the writer keeps its first error for Flush
	var pair [4]byte
	for i := range left {
		binary.LittleEndian.PutUint16(pair[:], uint16(toPCM(left[i])))
		binary.LittleEndian.PutUint16(pair[2:], uint16(toPCM(right[i])))
		w.Write(pair[:])
	}
	return w.Flush()
}

func toPCM(v float32) int16 {
	return int16(math.Round(float64(min(max(v, -1), 1)) * 32767))
}
