// Package ratefield writes what is known of rate limits as the HTTP fields RateLimit-Policy and RateLimit, after
// draft-ietf-httpapi-ratelimit-headers-11, and as the seconds of Retry-After.
//
// It promises: what it writes are valid structured fields (RFC 9651); no time is rounded to an earlier one; and no
// policy allows more than the limit does.
package ratefield

import (
	"time"

	"github.com/dunglas/httpsfv"
)

// Names of the fields. As metadata of gRPC they are written in lower case.
const (
	PolicyHeader = "RateLimit-Policy"
	LimitHeader  = "RateLimit"
	RetryHeader  = "Retry-After"
)

// maxInteger is the largest integer of a structured field.
const maxInteger = 999_999_999_999_999

// concurrent is the quota unit of what is counted while it goes on.
const concurrent = "concurrent-requests"

// Limit is a limit and what is left of it for one caller.
type Limit struct {
	// Name is the policy's, ASCII without control characters.
	Name string
	// Key says for whom it counts, for example "project=demo"; empty: for all.
	Key string
	// Capacity is at most so much in Window, or, with Concurrent, at once.
	Capacity int64
	// Window is zero when there is none, or none of a fixed length.
	Window     time.Duration
	Concurrent bool
	// Left is what is left now, and Reset the time until more is; zero when that is not known or all is left.
	Left  int64
	Reset time.Duration
}

// Policies writes the value of RateLimit-Policy; empty when there is none to tell.
func Policies(limits []Limit) string {
	return list(limits, func(l Limit, p *httpsfv.Params) {
		p.Add("q", whole(l.Capacity))
		if l.Concurrent {
			p.Add("qu", concurrent)
		} else if l.Window > 0 {
			p.Add("w", Seconds(l.Window))
		}
	})
}

// Left writes the value of RateLimit; empty when there is nothing to tell.
func Left(limits []Limit) string {
	return list(limits, func(l Limit, p *httpsfv.Params) {
		p.Add("r", whole(l.Left))
		if l.Reset > 0 && !l.Concurrent { // what goes on may end at any time, and then more may begin
			p.Add("t", Seconds(l.Reset))
		}
		if l.Key != "" {
			p.Add("pk", []byte(l.Key))
		}
	})
}

// Seconds is a time in whole seconds, rounded up, and never less than one: who waits so long has waited long enough.
func Seconds(d time.Duration) int64 {
	seconds := int64(d / time.Second)
	if d%time.Second > 0 {
		seconds++
	}
	return max(seconds, 1)
}

func list(limits []Limit, write func(Limit, *httpsfv.Params)) string {
	items := make(httpsfv.List, 0, len(limits))
	for _, l := range limits {
		if l.Capacity <= 0 {
			continue // nothing is known of it but its name
		}
		item := httpsfv.NewItem(l.Name)
		write(l, item.Params)
		items = append(items, item)
	}
	text, err := httpsfv.Marshal(items)
	if err != nil {
		return "" // a name that no field can hold: the fields are hints, and none is better than a broken one
	}
	return text
}

func whole(n int64) int64 { return min(max(n, 0), maxInteger) }
