package sound

// Target is what a track is brought to.
type Target struct {
	// LUFS is the integrated loudness after EBU R 128.
	LUFS float64
	// Ceiling is the highest true peak in dBTP.
	Ceiling float64
}

// Levels are how loud a track is.
type Levels struct {
	// LUFS is the integrated loudness after EBU R 128.
	LUFS float64
	// TruePeak is the highest peak, between samples too, in dBTP.
	TruePeak float64
}

// ceiling leaves a lossy codec a decibel before it reaches -1 dBTP.
const ceiling = -2.0

// Social is what short-video apps play at.
func Social() Target { return Target{LUFS: -14, Ceiling: ceiling} }

// Podcast is what podcasts are played at.
func Podcast() Target { return Target{LUFS: -16, Ceiling: ceiling} }

// Broadcast is what EBU R 128 wants.
func Broadcast() Target { return Target{LUFS: -23, Ceiling: ceiling} }
