// Package provider is the contract between a render worker and what makes the picture.
//
// A provider turns a storyboard into files in a scratch folder. It promises: nothing outside that folder is
// touched; cancelling the context ends the render, with every process it started, within a second; the reported
// percent never runs backwards; the same storyboard and versions give the same video.
package provider

import (
	"context"
	"errors"
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/quality"
)

// Provider makes videos.
type Provider interface {
	// Name is a stable lower-case word, for example "studio".
	Name() string
	// Render makes the video of a storyboard. Its errors are an [Error] where their class is known.
	Render(ctx context.Context, r Request) (*Result, error)
}

// Request asks for a video.
type Request struct {
	// Key names the video, the same in all attempts. What is ordered elsewhere is ordered once for a key.
	Key string
	// Project is whose limits count; may be empty.
	Project string
	// Storyboard is the plan. It is not changed.
	Storyboard *storyboardv1.Storyboard
	// Dir is an empty folder for this render alone, on a local disk. The caller removes it.
	Dir string
	// Media are the files that the storyboard's addresses and wishes stand for, by [MediaKey] or by the address of music or
	// a narration, each in Dir. What could not be had is missing: the look of the style takes its place.
	Media map[string]assets.Asset
	// Progress is called as the render gets on, by one goroutine at a time; it must return at once.
	Progress func(Progress)
}

// Progress is how far a render is.
type Progress struct {
	// Stage is plan, assets, speech, provider, layers, frames, sound, mux, quality or publish.
	Stage string
	// Percent of the whole render, 0 to 100.
	Percent float64
	// ETA is the estimated time left; 0 while unknown.
	ETA time.Duration
}

// Result is what a render made. Paths are inside the request's Dir.
type Result struct {
	// Storyboard is the request's with the true times of scenes and words.
	Storyboard *storyboardv1.Storyboard
	// Video is the video, of the kind that the storyboard asks for. The end of its name says which.
	Video string
	// Poster is a JPEG file of the video's size.
	Poster string
	// SRT and VTT are caption files; empty for a video without words.
	SRT, VTT string
	// Extra are more files to publish. Their names must be others than those of the files above.
	Extra []File
	// Versions of everything that shapes the bytes, by name.
	Versions map[string]string
	// Warnings say what does not look or sound as it should.
	Warnings []*renderv1.PlanWarning
	// Usage is what was bought elsewhere, to reckon the cost.
	Usage []*schedulerv1.Usage
	// Receipt is what the provider itself can say of it: processor time, stages, scenes reused. Nil says nothing.
	Receipt *renderv1.Receipt
	// Known is what a look at the finished video needs to know of it, when it follows the storyboard frame by frame.
	Known *quality.Known
	// Loudness of the sound track before it was encoded; nil when it was not measured.
	Loudness *Loudness
}

// File is a file that a render made.
type File struct {
	// Name is what it is called where it is published, for example "contact-sheet.jpg".
	Name string
	// Path is where it lies.
	Path string
	// ContentType is its media type.
	ContentType string
}

// Loudness is how loud a sound track is.
type Loudness struct {
	// LUFS is the integrated loudness after EBU R 128.
	LUFS float64
	// TruePeak is the highest peak between samples too, in dBTP.
	TruePeak float64
}

// Error is a failed render whose class is known.
type Error struct {
	Class schedulerv1.FailureClass
	Err   error

	// The rest is about what was asked of a [Hosted] provider.

	// Code is the provider's own word for it.
	Code string
	// RetryAfter is how long it wants to be left alone; 0 when it does not say.
	RetryAfter time.Duration
	// Unsure: what was asked for may have been done all the same.
	Unsure bool
	// Moderation: the provider does not want to make this.
	Moderation bool
	// Billed: it costs all the same.
	Billed bool
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// ClassOf gives the class of a failed render: TRANSIENT when nothing more is known.
func ClassOf(err error) schedulerv1.FailureClass {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return schedulerv1.FailureClass_TRANSIENT
}
