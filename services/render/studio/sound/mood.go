package sound

// chord is what is heard at the same time: a root in semitones above A2 (110 Hz) and the steps on top of it.
type chord struct {
	root  int
	steps [3]int
}

func major(root int) chord { return chord{root, [3]int{0, 4, 7}} }
func minor(root int) chord { return chord{root, [3]int{0, 3, 7}} }
func open7(root int) chord { return chord{root, [3]int{0, 7, 10}} } // without a third, for what floats
func warm7(root int) chord { return chord{root, [3]int{0, 4, 11}} }
func dusk7(root int) chord { return chord{root, [3]int{0, 3, 10}} }

// mood is a kind of music. Patterns have a place for each half beat of a bar of four beats.
type mood struct {
	name string
	// tempo in beats a minute.
	tempo  float64
	chords []chord // one a bar
	// pluck are tones of the chord: a digit is one of its tones, an upper-case letter the same an octave higher, - is none.
	pluck string
	// bass and kick sound where there is an x.
	bass, kick string
	// bright is where the sound loses its treble, in Hz.
	bright float64
	// ring is how long a plucked tone is heard, in seconds.
	ring float64
}

// moods are the kinds to choose from.
func moods() []mood {
	return []mood{
		{
			name: "calm", tempo: 72, chords: []chord{minor(0), major(8), major(3), major(10)},
			pluck: "0-2-1-A-", bass: "x-------", kick: "--------", bright: 1800, ring: 1.6,
		},
		{
			name: "bright", tempo: 104, chords: []chord{major(3), major(10), minor(0), major(8)},
			pluck: "02A12A1B", bass: "x---x---", kick: "x---x---", bright: 3400, ring: 0.7,
		},
		{
			name: "drive", tempo: 120, chords: []chord{minor(0), major(8), major(3), major(10)},
			pluck: "0A0B0A0C", bass: "x-xx-xx-", kick: "x-x-x-x-", bright: 2600, ring: 0.4,
		},
		{
			name: "warm", tempo: 84, chords: []chord{warm7(8), warm7(3), dusk7(5), dusk7(0)},
			pluck: "0--12--1", bass: "x--x----", kick: "x-----x-", bright: 2100, ring: 1.1,
		},
		{
			name: "wonder", tempo: 96, chords: []chord{open7(5), major(1), major(8), open7(3)},
			pluck: "012ABCBA", bass: "x-------", kick: "--------", bright: 3000, ring: 1.3,
		},
		{
			name: "walk", tempo: 112, chords: []chord{major(3), dusk7(0), dusk7(5), major(10)},
			pluck: "-1-2-1-A", bass: "x-x-x-x-", kick: "x---x-x-", bright: 2400, ring: 0.3,
		},
	}
}
