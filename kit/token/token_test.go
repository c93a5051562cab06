package token

import (
	"errors"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	text, err := Encode(int64(42), "watch", "projects/a")
	if err != nil {
		t.Fatal(err)
	}
	var got int64
	if err := Decode(text, &got, "watch", "projects/a"); err != nil || got != 42 {
		t.Errorf("Decode = %d, %v; want 42", got, err)
	}
	if err := Decode(text, &got, "watch", "projects/b"); !errors.Is(err, ErrInvalid) {
		t.Errorf("another scope: %v, want ErrInvalid", err)
	}
}

func FuzzDecode(f *testing.F) {
	valid, _ := Encode([]int64{1, 2}, "x")
	f.Add(valid)
	f.Add("")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		var position []int64
		if err := Decode(text, &position, "x"); err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("Decode(%q) = %v, want ErrInvalid or nil", text, err)
		}
	})
}
