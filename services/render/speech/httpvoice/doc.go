// Package httpvoice speaks with a speech service over HTTP, as a configuration file describes it.
//
//	version: "2026-10"
//	url: https://speech.example.com/v1/speak
//	auth: {secret_env: SPEECH_KEY}
//	body: '{"text": {{json .Text}}, "voice": {{json .Voice}}, "language": {{json .Language}}}'
//	voices: {en: amy, de: karl, default: amy}
//	answer: {audio: audio, words: words, text: word, start: start, end: end}
//
// One call is made for each narration. The answer is a sound file, or JSON with one in base64 and perhaps the times of
// words. It promises: calls are bounded in time, number and size; trouble that may pass is tried again; what comes back
// is decoded by ffmpeg in the one format that its first bytes tell; times of words that make no sense are left out.
// The secret is read for each call and is in no error.
package httpvoice
