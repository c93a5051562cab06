package provider

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Hosted is a provider elsewhere that sells videos, clips or pictures. It is driven by package drive, which remembers what was
// ordered; an implementation only talks. Its errors are an [Error], which says what is known of them. All its methods
// are safe for concurrent use and end with their context.
type Hosted interface {
	// Describe says what the provider can do. The answer does not change while it is in use.
	Describe() Description
	// Quote says what a task would cost. That a price is not known is an answer; it is never invented.
	Quote(ctx context.Context, t Task) (Price, error)
	// Submit orders a task. The same key again must not order twice where [Features.Idempotent] says so. An [Error] that is Unsure
	// means that the order may have been taken.
	Submit(ctx context.Context, t Task, key string) (Handle, error)
	// Find looks for an order by its key, where [Features.Find] says that it can; false: there is none.
	Find(ctx context.Context, key string) (Handle, bool, error)
	// Poll tells how far an order is.
	Poll(ctx context.Context, h Handle) (Status, error)
	// Cancel gives an order up. One that has ended, or is not known, is no error.
	Cancel(ctx context.Context, h Handle) error
	// Fetch writes what a SUCCEEDED order made. [ErrExpired]: poll again, for a new address.
	Fetch(ctx context.Context, h Handle, s Status, w io.Writer) error
	// HandleCallback tells which order a call from outside is about. Anybody may have sent it: nothing else of it counts.
	HandleCallback(header http.Header, body []byte) (Handle, error)
}

// Handle names an order at its provider.
type Handle string

// TaskKind is what is ordered.
type TaskKind string

// The kinds.
const (
	// WholeVideo is a video by a storyboard.
	WholeVideo TaskKind = "whole_video"
	// SceneClip is a clip by a prompt.
	SceneClip TaskKind = "scene_clip"
	// SceneImage is a picture by a prompt.
	SceneImage TaskKind = "scene_image"
)

// Task is what a provider is asked for.
type Task struct {
	Kind TaskKind
	// Storyboard is for WholeVideo; the rest repeats what it says.
	Storyboard *storyboardv1.Storyboard
	// Prompt and Seed are for a clip or picture.
	Prompt string
	Seed   uint64
	// Width and Height in pixels, FrameRate in frames per second.
	Width, Height, FrameRate int
	// Duration is how long a video or clip shall be.
	Duration time.Duration
}

// Description is what a provider can do.
type Description struct {
	// Name is a stable lower-case word.
	Name     string
	Kinds    []TaskKind
	Model    string
	Features Features
	Limits   Limits
	Prices   PriceBook
}

// Makes tells whether a provider makes a kind of thing.
func (d Description) Makes(k TaskKind) bool {
	for _, kind := range d.Kinds {
		if kind == k {
			return true
		}
	}
	return false
}

// Features are what a provider has and others have not.
type Features struct {
	Cancel, Progress, Callback, Idempotent, Find, Seed bool
}

// Limits are what a provider allows; 0 is not known.
type Limits struct {
	MaxDuration       time.Duration
	MaxPrompt         int // in characters
	RequestsPerMinute int
	Concurrent        int
	MicrosPerDay      int64 // what may be spent, in millionths of the currency's unit
}

// PriceBook is what units cost. Prices change: a book says when it was looked up, and when it is too old.
type PriceBook struct {
	Currency           string
	Fetched, Expires   time.Time
	MicrosPerUnit      map[string]int64 // by what is counted: video_second, image, render
	MicrosPerUnitAtMax map[string]int64 // where a price is a range
}

// Price is what a task costs, in millionths of the currency's unit.
type Price struct {
	// Known is false when there is no price, or only one that is too old.
	Known              bool
	Micros, MostMicros int64
	Currency           string
	// Unit and Units are what is counted, for the bill: video_second, 5.
	Unit  string
	Units float64
	// Why says where the figure comes from.
	Why string
}

// State is how far an order is.
type State int

// The states. The last three are ends.
const (
	Pending State = iota + 1
	// Throttled: the provider holds it back, because too much was ordered.
	Throttled
	Running
	Succeeded
	Failed
	Cancelled
)

// Ended tells whether a state is the last one.
func (s State) Ended() bool { return s >= Succeeded }

func (s State) String() string {
	names := [...]string{"unknown", "pending", "throttled", "running", "succeeded", "failed", "cancelled"}
	if s < 0 || int(s) >= len(names) {
		return names[0]
	}
	return names[s]
}

// Status is an order as its provider sees it.
type Status struct {
	State State
	// Percent done, 0 to 100; negative when it is not told.
	Percent float64
	// RetryAfter is how long the provider does not want to be asked again; 0 when it does not say.
	RetryAfter time.Duration
	// URL is where the result is, for a while.
	URL string
	// Failure is why it failed.
	Failure *Error
	// BilledMicros is what the provider says that it takes; nil when it does not say.
	BilledMicros *int64
}

// ErrExpired says that the address of a result is no longer good.
var ErrExpired = errors.New("the address of the result has expired")

// ErrUnwanted is in the cause of a context that ends because nobody wants the video any more: then what was ordered is
// given up. With any other cause, somebody will go on with it.
var ErrUnwanted = errors.New("nobody wants it any more")

// CodeUnknownOrder is the [Error.Code] of an order that its provider does not know, or not any more.
const CodeUnknownOrder = "unknown_order"
