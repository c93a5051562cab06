// Package quality looks at a finished video, as somebody would who has to release it, and says what is wrong.
//
//	the file --ffmpeg, once, small--> pictures -> black, frozen, ssim
//	                             \--> sound ----> silence, loudness, true_peak
//	a probe of the file ------------> size, duration, frames, codecs, faststart, decode
//	the storyboard and its composer > reading_speed, glyphs, cut, size, safe_box, contrast
//
// It promises: every rule is in the report, also when it passed; what nobody can know (the words of a video that was
// bought) is not claimed; a verdict of FAIL means that the video must not be shown; the file is decoded once; ffmpeg gets
// one local file, no network, and is gone when [Look] returns.
package quality
