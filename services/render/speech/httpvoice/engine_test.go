package httpvoice_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/speech/httpvoice"
	"github.com/sheetreel/sheetreel/services/render/studio/sound"
)

const config = `
version: "1"
url: https://speech.example.com/v1/speak
auth: {secret_env: TEST_SPEECH_KEY}
body: '{"text": {{json .Text}}, "voice": {{json .Voice}}, "wpm": {{.WordsPerMinute}}}'
voices: {en: amy, default: karl}
`

const withWords = config + "answer: {audio: data.audio, words: data.words, text: w, start: from, end: to, milliseconds: true}\n"

// service is a fake service: it plays what it was told, call by call, and repeats the last.
type service struct {
	plays []play
	calls []string
	keys  []string
}

type play struct {
	code   int
	header http.Header
	body   []byte
	err    error
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p := s.plays[min(len(s.calls), len(s.plays)-1)]
	s.calls, s.keys = append(s.calls, string(body)), append(s.keys, r.Header.Get("Authorization"))
	if p.err != nil {
		return nil, p.err
	}
	if p.header == nil {
		p.header = http.Header{}
	}
	return &http.Response{StatusCode: p.code, Status: fmt.Sprint(p.code), Header: p.header, Body: io.NopCloser(bytes.NewReader(p.body)), Request: r}, nil
}

// humming is a WAV file of one second.
func humming(t *testing.T) []byte {
	t.Helper()
	samples := make([]float32, 16000)
	for i := range samples {
		samples[i] = float32(0.3 * math.Sin(float64(i)*0.1))
	}
	path := filepath.Join(t.TempDir(), "hum.wav")
	if err := sound.WriteMono(path, samples, 16000, 0, len(samples)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// told is an answer in JSON with times of words.
func told(t *testing.T, audio []byte, times ...[2]int) []byte {
	t.Helper()
	var list []map[string]any
	for _, w := range times {
		list = append(list, map[string]any{"w": "x", "from": w[0], "to": w[1]})
	}
	data, err := json.Marshal(map[string]any{"data": map[string]any{"audio": base64.StdEncoding.EncodeToString(audio), "words": list}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// speak speaks "Hello there." and gives the waits between tries too.
func speak(t *testing.T, config string, s *service) (u speech.Utterance, waits []time.Duration, err error) {
	t.Helper()
	t.Setenv("TEST_SPEECH_KEY", "secret-word")
	c, err := httpvoice.Parse([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	e, err := httpvoice.New(c, httpvoice.Deps{Over: s, Wait: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	u, err = e.Speak(t.Context(), speech.Request{Text: "Hello there.", Language: "en-GB", Voice: speech.AnyVoice, Path: filepath.Join(t.TempDir(), "voice.wav")})
	return u, waits, err
}

func TestSpeak(t *testing.T) {
	hum := humming(t)
	ms := time.Millisecond
	for _, tc := range []struct {
		name, config string
		body         []byte
		want         []speech.Word
	}{
		{"a file", config, hum, nil},
		{"words", withWords, told(t, hum, [2]int{0, 400}, [2]int{450, 1000}), []speech.Word{{Text: "Hello", End: 400 * ms}, {Text: "there.", Start: 450 * ms, End: 1000 * ms}}},
		{"too few words", withWords, told(t, hum, [2]int{0, 400}), nil},
		{"words backwards", withWords, told(t, hum, [2]int{450, 1000}, [2]int{0, 400}), nil},
		{"words beyond the end", withWords, told(t, hum, [2]int{0, 400}, [2]int{450, 9000}), nil},
	} {
		s := &service{plays: []play{{code: 200, body: tc.body}}}
		u, _, err := speak(t, tc.config, s)
		if err != nil || u.Duration != time.Second || u.SampleRate != 48000 {
			t.Errorf("%s: %+v, %v", tc.name, u, err)
		}
		if diff := cmp.Diff(tc.want, u.Words); diff != "" {
			t.Errorf("%s: words (-want +got):\n%s", tc.name, diff)
		}
		if want := []string{`{"text": "Hello there.", "voice": "amy", "wpm": 0}`}; !slices.Equal(s.calls, want) || s.keys[0] != "Bearer secret-word" {
			t.Errorf("%s: called with %q as %q", tc.name, s.calls, s.keys)
		}
	}
}

// TestMisbehaviour has a service that does not do what it should.
func TestMisbehaviour(t *testing.T) {
	good := play{code: 200, body: humming(t)}
	busy := play{code: 429, header: http.Header{"Retry-After": {"7"}}}
	for _, tc := range []struct {
		name  string
		plays []play
		calls int
		class schedulerv1.FailureClass // 0: it speaks in the end
	}{
		{"is away for a moment", []play{{code: 503}, {err: errors.New("reset")}, good}, 3, 0},
		{"is busy for a moment", []play{busy, good}, 2, 0},
		{"is busy", []play{busy}, 4, schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED},
		{"is away", []play{{err: errors.New("refused")}}, 4, schedulerv1.FailureClass_NETWORK},
		{"fails", []play{{code: 500}}, 4, schedulerv1.FailureClass_TRANSIENT},
		{"does not know us", []play{{code: 401}}, 1, schedulerv1.FailureClass_AUTHENTICATION},
		{"does not want it", []play{{code: 422}}, 1, schedulerv1.FailureClass_PERMANENT},
		{"sends a web page", []play{{code: 200, body: []byte("<html>It works!</html>")}}, 1, schedulerv1.FailureClass_PERMANENT},
		{"sends nothing", []play{{code: 200}}, 1, schedulerv1.FailureClass_PERMANENT},
		{"sends half a file", []play{{code: 200, body: good.body[:40]}}, 1, schedulerv1.FailureClass_PERMANENT},
	} {
		s := &service{plays: tc.plays}
		_, waits, err := speak(t, config, s)
		if (err == nil) != (tc.class == 0) || err != nil && provider.ClassOf(err) != tc.class {
			t.Errorf("%s: %v of class %v, want %v", tc.name, err, provider.ClassOf(err), tc.class)
		}
		if len(s.calls) != tc.calls || len(waits) != tc.calls-1 {
			t.Errorf("%s: %d calls, waits %v", tc.name, len(s.calls), waits)
		}
		if tc.plays[0].code == 429 && waits[0] < 7*time.Second {
			t.Errorf("%s: waits %v", tc.name, waits)
		}
		if err != nil && strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: the secret is in %v", tc.name, err)
		}
	}
}

func TestVersionChangesWithTheWish(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range []string{config, strings.Replace(config, "amy", "ann", 1), strings.Replace(config, "v1", "v2", 1), strings.Replace(config, `"1"`, `"2"`, 1)} {
		c, err := httpvoice.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		e, err := httpvoice.New(c, httpvoice.Deps{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Version(t.Context())
		if err != nil || seen[v] {
			t.Errorf("version %s, seen before: %v, %v", v, seen[v], err)
		}
		seen[v] = true
	}
}

func TestConfigIsChecked(t *testing.T) {
	for bad, want := range map[string]string{
		"url: https://a.example.com/\nversion: a":                                                 "body: is needed",
		"body: a\nurl: https://a.example.com/":                                                    "version: is needed",
		"body: a\nversion: a\nurl: http://a.example.com/":                                         "url: ",
		"body: '{{.Nothing'\nversion: a\nurl: https://a.example.com/":                             "body: ",
		"body: a\nversion: a\nurl: https://a.example.com/\nauth: {secret_env: A, secret_file: b}": "not both",
		"body: a\nversion: a\nurl: https://a.example.com/\nanswer: {words: w}":                    "words need",
		"body: a\nversion: a\nurl: https://a.example.com/\nsecret: hello":                         "secret",
	} {
		c, err := httpvoice.Parse([]byte(bad))
		if err == nil {
			_, err = httpvoice.New(c, httpvoice.Deps{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", bad, err, want)
		}
	}
}

// FuzzAnswer answers with anything: there is a contract-keeping utterance, or an error.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"data": {"audio": "UklGRg==", "words": [{"w": "a", "from": 0, "to": 1e99}]}}`)
	f.Add(`{"data": {"words": 3}}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		u, _, err := speak(t, withWords, &service{plays: []play{{code: 200, body: []byte(body)}}})
		last := time.Duration(0)
		for _, w := range u.Words {
			if err != nil || w.Start < last || w.End <= w.Start || w.End > u.Duration {
				t.Fatalf("%v, %v", u, err)
			}
			last = w.End
		}
	})
}
