package studio

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/speech"
)

// say speaks, unless the same was spoken before.
func (t *take) say(ctx context.Context, r speech.Request) (speech.Utterance, error) {
	if t.studio.cache == nil {
		return t.studio.speech.Speak(ctx, r)
	}
	key := cache.KeyOf("narration", []byte(t.versions["speech"]), []byte(r.Text), []byte(r.Language), []byte(r.Voice),
		fmt.Append(nil, r.WordsPerMinute))
	kept := r.Path + ".kept"
	if _, ok := t.studio.cache.Get(ctx, key, kept); ok {
		u, err := unpack(kept, r.Path)
		if err := errors.Join(err, os.Remove(kept)); err == nil {
			return u, nil
		}
	}
	u, err := t.studio.speech.Speak(ctx, r)
	if err != nil {
		return u, err
	}
	if err := pack(u, r.Path, kept); err != nil {
		return u, err
	}
	t.studio.cache.Put(ctx, key, kept, 0)
	return u, os.Remove(kept)
}

// maxWords bounds what a kept narration's words may take, in bytes.
const maxWords = 16 << 20

// pack writes an utterance and its WAV file into one: the length of the JSON, the JSON, the WAV file.
func pack(u speech.Utterance, wav, path string) (err error) {
	head, err := json.Marshal(u)
	if err != nil {
		return err
	}
	in, err := os.Open(wav)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(head))), head...)); err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return err
}

// unpack takes it apart again.
func unpack(path, wav string) (u speech.Utterance, err error) {
	in, err := os.Open(path)
	if err != nil {
		return u, err
	}
	defer in.Close()
	if u, err = readUtterance(in); err != nil {
		return u, err
	}
	out, err := os.Create(wav)
	if err != nil {
		return u, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return u, err
}

// readUtterance reads what is before the WAV file.
func readUtterance(r io.Reader) (u speech.Utterance, err error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return u, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxWords {
		return u, fmt.Errorf("words of %d bytes", n)
	}
	head, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err != nil {
		return u, err
	}
	return u, json.Unmarshal(head, &u)
}
