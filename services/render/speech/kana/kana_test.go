package kana

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	var r Reader
	for text, want := range map[string]string{
		"毎朝のコーヒー、もっと美味しくできます。": "マイアサノコーヒー、モットオイシクデキマス。",
		"お湯の温度は九十二度":           "オユノオンドワキュージューニド",
		"コーヒー and Tea":         "コーヒー and Tea",
		"AI技術を使う":              "AIギジュツヲツカウ",
		"𠮷":                    "",
		"":                     "",
	} {
		got, err := r.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("Read(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	var r Reader
	f.Add("毎朝のコーヒー、")
	f.Add("\xff漢\x00字 3つ")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := r.Read(text)
		if err != nil || strings.ContainsFunc(got, kanji) {
			t.Errorf("Read(%q) = %q, %v", text, got, err)
		}
	})
}
