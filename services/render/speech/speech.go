// Package speech turns text into a spoken sound file with the times of its words.
package speech

import (
	"context"
	"time"
)

// AnyVoice is the voice of a narrator who shall speak, with whatever voice fits the language.
const AnyVoice = "auto"

// Engine speaks.
type Engine interface {
	// Version names the engine and its version, for example "espeak-ng 1.51".
	Version(ctx context.Context) (string, error)
	// Speak writes the spoken text to a WAV file (16-bit PCM, mono) at r.Path.
	Speak(ctx context.Context, r Request) (Utterance, error)
}

// Request is a text to speak.
type Request struct {
	// Text is plain text of at most a few thousand characters.
	Text string
	// Language is a BCP 47 tag; an unknown one is spoken as its base language, else as English.
	Language string
	// Voice is the engine's own name of a voice; empty or [AnyVoice] picks one by language.
	Voice string
	// WordsPerMinute is the pace; 0 is the engine's own.
	WordsPerMinute int
	// Path is the WAV file to write.
	Path string
}

// Utterance is a spoken text.
type Utterance struct {
	// SampleRate of the WAV file in Hz.
	SampleRate int
	// Duration of the WAV file.
	Duration time.Duration
	// Words in order, with their punctuation, without gaps or overlaps in the wrong direction:
	// 0 <= Start < End <= next Start, the last End <= Duration.
	Words []Word
	// Joined says that the sound goes on in the next scene without a rest, as that of a recording does: its scene lasts
	// as long as it.
	Joined bool
}

// Word is a spoken word.
type Word struct {
	Text       string
	Start, End time.Duration
}
