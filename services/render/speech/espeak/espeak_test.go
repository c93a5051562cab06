package espeak

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// speak runs the real program and tests the contract of an utterance.
func speak(t *testing.T, r speech.Request) speech.Utterance {
	t.Helper()
	r.Path = filepath.Join(t.TempDir(), "voice.wav")
	u, err := New(Program).Speak(t.Context(), r)
	if err != nil {
		t.Fatalf("speak %q: %v", r.Text, err)
	}
	data, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	sound, err := parseWAV(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := time.Duration(len(sound.samples)) * time.Second / time.Duration(sound.rate); got != u.Duration || sound.rate != u.SampleRate {
		t.Errorf("the file lasts %v at %d Hz, the utterance says %v at %d Hz", got, sound.rate, u.Duration, u.SampleRate)
	}
	last := time.Duration(0)
	var said []string
	for _, w := range u.Words {
		if w.Start < last || w.End <= w.Start || w.End > u.Duration {
			t.Errorf("word %q from %v to %v, after %v, in %v", w.Text, w.Start, w.End, last, u.Duration)
		}
		last = w.End
		said = append(said, w.Text)
	}
	if diff := cmp.Diff(words.Split(r.Text), said); diff != "" {
		t.Errorf("words of %q (-want +got):\n%s", r.Text, diff)
	}
	return u
}

func TestSpeak(t *testing.T) {
	for _, tc := range []struct {
		name, text, language, voice string
		least, most                 time.Duration
	}{
		{"english", "Most people brew their coffee with water that is far too hot.", "en", "", 2 * time.Second, 6 * time.Second},
		{"clauses", "First, boil it. Second: wait! Then, pour.", "en-GB", "auto", 1500 * time.Millisecond, 6 * time.Second},
		{"german", "Die Überraschung: Es braucht weniger Energie als ein Zug.", "de-AT", "", 2 * time.Second, 6 * time.Second},
		{"japanese", "きょうは、コーヒーのいれかたをまなびます。", "ja", "", time.Second, 5 * time.Second},
		{"chinese", "首先，使用新鲜的水。", "zh-Hans-CN", "", time.Second, 6 * time.Second},
		{"arabic", "ما هي القهوة؟ إنها مشروب.", "ar", "", time.Second, 6 * time.Second},
		{"hindi", "अदरक को पहले पानी में उबालें।", "hi-IN", "", time.Second, 6 * time.Second},
		{"unknown language", "Hello there.", "tlh-Qaaa", "", 300 * time.Millisecond, 3 * time.Second},
		{"voice with variant", "Hello there.", "en", "en-us+f3", 300 * time.Millisecond, 3 * time.Second},
		{"unknown voice", "Hello there.", "en", "--help", 300 * time.Millisecond, 3 * time.Second},
		{"only symbols", "🎉 — 🎉", "en", "", 100 * time.Millisecond, time.Second},
		{"nothing", "", "en", "", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			u := speak(t, speech.Request{Text: tc.text, Language: tc.language, Voice: tc.voice, WordsPerMinute: 165})
			if u.Duration < tc.least || u.Duration > tc.most {
				t.Errorf("spoken in %v, want %v to %v", u.Duration, tc.least, tc.most)
			}
		})
	}
}

// TestKanjiAreReadFirst: the program would say "Chinese letter" for each.
func TestKanjiAreReadFirst(t *testing.T) {
	e := New(Program)
	reading := strings.NewReplacer("毎朝", "マイアサ", "珈琲", "コーヒー")
	e.reading = func(text string) (string, error) { return reading.Replace(text), nil }
	path := filepath.Join(t.TempDir(), "voice.wav")
	kanji, err := e.Speak(t.Context(), speech.Request{Text: "毎朝の珈琲。", Language: "ja", Path: path})
	if err != nil {
		t.Fatal(err)
	}
	kana, err := e.Speak(t.Context(), speech.Request{Text: "マイアサのコーヒー。", Language: "ja", Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if kanji.Duration != kana.Duration {
		t.Errorf("kanji spoken in %v, their reading in %v", kanji.Duration, kana.Duration)
	}
	if got := words.Join([]string{kanji.Words[0].Text, kanji.Words[1].Text}); got != "毎朝の珈琲。" {
		t.Errorf("the words are %q, not those of the text", got)
	}
}

// TestTextIsNeverACommand: what the program takes for options, phonemes or embedded commands is plain text, and
// sounds like the same text without it.
func TestTextIsNeverACommand(t *testing.T) {
	plain := speak(t, speech.Request{Text: "hello world", Language: "en"})
	for _, text := range []string{"\x01400S hello world", "hello [[w3:ld w3:ld w3:ld]] world", "--voices hello world", "<audio src='x'/> hello world", "hello\x00 world"} {
		t.Run(text, func(t *testing.T) {
			u := speak(t, speech.Request{Text: text, Language: "en"})
			if u.Duration < plain.Duration/2 || u.Duration > 8*plain.Duration {
				t.Errorf("spoken in %v, the plain text in %v", u.Duration, plain.Duration)
			}
		})
	}
}

func TestPace(t *testing.T) {
	text := strings.Repeat("the water is far too hot ", 6)
	slow := speak(t, speech.Request{Text: text, WordsPerMinute: 120})
	fast := speak(t, speech.Request{Text: text, WordsPerMinute: 240})
	if slow.Duration < fast.Duration*3/2 {
		t.Errorf("slow %v, fast %v", slow.Duration, fast.Duration)
	}
}

func TestVersion(t *testing.T) {
	got, err := New(Program).Version(t.Context())
	if err != nil || !strings.HasPrefix(got, "espeak-ng 1.") {
		t.Errorf("version %q, %v", got, err)
	}
}

func TestMissingProgram(t *testing.T) {
	_, err := New("espeak-that-is-not-there").Speak(t.Context(), speech.Request{Text: "a"})
	if err == nil || !strings.Contains(err.Error(), "espeak-that-is-not-there is not installed") {
		t.Errorf("error %v", err)
	}
}

func TestCancelEndsTheProgramAndItsChildren(t *testing.T) {
	// A program that says it has started, with a child of its own, and then never answers. Both hold the pipe
	// open, so its end tells that both are gone.
	dir := t.TempDir()
	program, pipe := filepath.Join(dir, "stuck"), filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nexec 3>" + pipe + "\necho started >&3\nsleep 1000 &\nwait\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := make(chan error, 1)
	go func() {
		_, err := New(program).Version(ctx)
		done <- err
	}()
	r, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, len("started\n"))); err != nil {
		t.Fatal(err)
	}
	cancel(stop)
	if err := <-done; !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("pipe: %q, %v", rest, err)
	}
}

func TestChooseVoice(t *testing.T) {
	known := voices{"cmn-latn-pinyin": true, "en": true, "en-us": true, "en-gb": true, "cmn": true, "yue": true, "pt-br": true, "pt": true, "de": true, "es-419": true}
	for _, tc := range []struct{ voice, language, want string }{
		{"", "en", "en-us"},
		{"auto", "en-GB", "en-gb"},
		{"", "de-AT", "de"},
		{"", "pt_BR", "pt-br"},
		{"", "pt-PT", "pt"},
		{"", "zh-Hans-CN", "cmn-latn-pinyin"},
		{"", "zh-HK", "yue"},
		{"", "es-MX", "es-419"},
		{"", "xx", "en"},
		{"", "", "en"},
		{"en-gb+f2", "de", "en-gb+f2"},
		{"en-gb+../../x", "de", "en-gb"},
		{"../x", "de", "de"},
		{"-v", "", "en"},
	} {
		if got := known.choose(tc.voice, tc.language); got != tc.want {
			t.Errorf("choose(%q, %q) = %q, want %q", tc.voice, tc.language, got, tc.want)
		}
	}
}

// TestPreferredVoicesExist checks our table against the installed program.
func TestPreferredVoicesExist(t *testing.T) {
	known, err := New(Program).listVoices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"en", "zh", "zh-hk", "no", "iw", "in", "fr", "es-mx", "sh", "de", "ja", "ko", "ar", "hi", "ru", "pt-br", "tr", "th", "vi"} {
		if name := preferred(tag); !known[name] {
			t.Errorf("the voice %s of %s is not installed", name, tag)
		}
	}
}
