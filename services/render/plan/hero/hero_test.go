package hero

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFind(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"english", "Why your *coffee* tastes bitter", "☕"},
		{"plural", "Three berries a day", "🍓"},
		{"possessive", "A dog's nose", "🐶"},
		{"phrase before its words", "How machine learning works", "🤖"},
		{"the subject comes first", "Bread needs water", "🍞"},
		{"german", "Warum Bienen tanzen", "🐝"},
		{"french elision", "Boire de l'eau le matin", "💧"},
		{"spanish", "El secreto del dinero", "💰"},
		{"japanese", "コーヒーの淹れ方", "☕"},
		{"japanese single ideograph", "水を飲もう", "💧"},
		{"an ideograph inside another word", "日本人", ""},
		{"katakana inside katakana", "アネコバ", ""},
		{"chinese", "怎样投资股票", "📈"},
		{"korean with a particle", "커피를 마셔요", "☕"},
		{"arabic", "فوائد القهوة", "☕"},
		{"hindi", "चाय कैसे बनाएं", "🍵"},
		{"russian", "Как пить кофе", "☕"},
		{"a comparative is no bed in German", "Four rules for better coffee", "☕"},
		{"nothing", "Lorem ipsum dolor", ""},
		{"no text", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Default().Find(nil, Text{tc.text, 1}); got != tc.want {
				t.Errorf("Find(%q) = %q, want %q", tc.text, got, tc.want)
			}
		})
	}
}

func TestTakenEmojiCountLess(t *testing.T) {
	texts := []Text{{"Coffee", 2}, {"and bread", 1}}
	if got := Default().Find(nil, texts...); got != "☕" {
		t.Errorf("the heavier text gives %q", got)
	}
	if got := Default().Find(map[string]bool{"☕": true}, texts...); got != "🍞" {
		t.Errorf("beside a taken one: %q", got)
	}
	if got := Default().Find(map[string]bool{"☕": true}, Text{"Coffee", 1}); got != "☕" {
		t.Errorf("a taken one is better than none, got %q", got)
	}
}

func TestDefault(t *testing.T) {
	emoji := Default().Emoji()
	if len(emoji) < 300 {
		t.Errorf("%d topics", len(emoji))
	}
	for word := range Default().words {
		if n := len(strings.Fields(word)); n > 3 {
			t.Errorf("keyword %q has %d words; phrases are looked up to three", word, n)
		}
		if strings.ContainsFunc(word, unspaced) && utf8.RuneCountInString(word) > longest {
			t.Errorf("keyword %q is longer than what is looked up", word)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a keyword twice":  "things: {🍎: apple, 🍏: apple}\nideas: {}",
		"capitals":         "things: {🍎: Apple}\nideas: {}",
		"an empty keyword": "things: {🍎: 'apple,,pear'}\nideas: {}",
		"an emoji twice":   "things: {🍎: apple}\nideas: {🍎: fruit}",
		"an unknown part":  "things: {}\nideas: {}\nothers: {}",
		"a list":           "things: [apple]\nideas: {}",
		"only one part":    "things: {🍎: apple}",
		"nothing":          "",
		"broken yaml":      "things: [",
	} {
		if _, err := Read([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{"Coffee & tea", "コーヒーの淹れ方", "l'eau d’", "커피를", "ال", "ies s es"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Default().Find(nil, Text{text, 1})
		if got != Default().Find(nil, Text{text, 1}) {
			t.Error("two answers differ")
		}
	})
}
