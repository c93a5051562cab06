// Package espeak speaks with the program espeak-ng.
//
// The program tells nothing about the times of words, so the text is spoken clause by clause: where a clause begins
// and ends is measured in the sound, and inside it the words share the time by their length. Text reaches the
// program on its standard input only, without anything that it takes for a command; voices reach it by names
// from its own list. One call runs at most one process at a time, in a group of its own, killed with the context.
package espeak

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/speech/kana"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// Program is the engine's usual program.
const Program = "espeak-ng"

const (
	slowest, fastest = 80, 450 // words a minute that the program takes

	maxText = 20_000 // bytes of one request

	// What a speaker rests, and what is shown of words that have no sound.
	clausePause   = 130 * time.Millisecond
	sentencePause = 300 * time.Millisecond
	silentWord    = 90 * time.Millisecond
)

// Engine is a speech.Engine. It is safe for concurrent use.
type Engine struct {
	program string

	reading func(japanese string) (string, error)

	mu     sync.Mutex
	voices voices // as the program lists them, once asked
}

var _ speech.Engine = (*Engine)(nil)

// New makes an engine that runs a program: a name to be found in PATH, or a path.
func New(program string) *Engine {
	return &Engine{program: program, reading: new(kana.Reader).Read}
}

// Version is, for example, "espeak-ng 1.51".
func (e *Engine) Version(ctx context.Context) (string, error) {
	out, err := e.run(ctx, "", "--version")
	if err != nil {
		return "", err
	}
	// "eSpeak NG text-to-speech: 1.51  Data at: ..."
	_, rest, _ := strings.Cut(string(out), ":")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return "", fmt.Errorf("%s: no version in %.100q", e.program, out)
	}
	return "espeak-ng " + fields[0], nil
}

// Speak writes the spoken text to r.Path. Text without a letter or digit gives a short silence.
func (e *Engine) Speak(ctx context.Context, r speech.Request) (speech.Utterance, error) {
	if len(r.Text) > maxText {
		return speech.Utterance{}, fmt.Errorf("speak: the text has %d bytes; at most %d are spoken at once", len(r.Text), maxText)
	}
	known, err := e.listVoices(ctx)
	if err != nil {
		return speech.Utterance{}, fmt.Errorf("speak: %w", err)
	}
	voice := known.choose(r.Voice, r.Language)
	args := []string{"-v", voice, "-b", "1", "-z", "--stdin", "--stdout"}
	if r.WordsPerMinute > 0 {
		args = append(args, "-s", strconv.Itoa(min(max(r.WordsPerMinute, slowest), fastest)))
	}
	line := track{rate: 22050}
	for _, c := range clauses(words.Split(r.Text)) {
		text := speakable(words.Join(c))
		if voice == "ja" {
			// The program says "Chinese letter" for each kanji.
			text, err = e.reading(text)
			if err != nil {
				return speech.Utterance{}, fmt.Errorf("speak: %w", err)
			}
		}
		var samples []int16
		if words.Spoken(text) {
			data, err := e.run(ctx, text, args...)
			if err != nil {
				return speech.Utterance{}, fmt.Errorf("speak: %w", err)
			}
			sound, err := parseWAV(data)
			if err != nil {
				return speech.Utterance{}, fmt.Errorf("speak: answer of %s: %w", e.program, err)
			}
			line.rate = sound.rate
			samples = trim(sound)
		}
		line.add(c, samples)
	}
	if err := writeWAV(r.Path, wav{rate: line.rate, samples: line.samples}); err != nil {
		return speech.Utterance{}, fmt.Errorf("speak: %w", err)
	}
	return speech.Utterance{SampleRate: line.rate, Duration: line.at(len(line.samples)), Words: line.words}, nil
}

// listVoices asks the program once.
func (e *Engine) listVoices(ctx context.Context) (voices, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.voices == nil {
		out, err := e.run(ctx, "", "--voices")
		if err != nil {
			return nil, err
		}
		e.voices = parseVoices(string(out))
		if len(e.voices) == 0 {
			e.voices = nil
			return nil, errors.New("the program lists no voices")
		}
	}
	return e.voices, nil
}

// clauses cuts words at the punctuation where a speaker rests.
func clauses(list []string) [][]string {
	var out [][]string
	from := 0
	for i, w := range list {
		if i == len(list)-1 || words.EndsClause(w) || words.EndsSentence(w) {
			out = append(out, list[from:i+1])
			from = i + 1
		}
	}
	return out
}

// speakable is text without what the program takes for commands (control characters, phonemes in brackets) and
// without symbols such as emoji, whose names nobody wants to hear.
func speakable(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '[', r == ']', unicode.In(r, unicode.So, unicode.Sk, unicode.Co), r == unicode.ReplacementChar,
			r >= 0xfe00 && r <= 0xfe0f:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))), " ")
}

// missing makes the error of a program that cannot be started readable.
func missing(program string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed or not in PATH; the Debian package is espeak-ng: %w", program, err)
	}
	return err
}
