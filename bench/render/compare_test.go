package main

import "testing"

func TestParseSSIM(t *testing.T) {
	const line = "[Parsed_ssim_0 @ 0x5] SSIM Y:0.99 (20.1) U:0.98 (20.2) V:0.97 (20.3) All:0.991234 (20.57)\n"
	if got, err := parseSSIM("frame= 900\n" + line); err != nil || got != 0.991234 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := parseSSIM("Conversion failed!"); err == nil {
		t.Error("nothing was found and no error told")
	}
}
