package writeback

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// values are what stands in our columns of a row, in the order of mapping.Results.
type values [7]source.Cell

// The places of columns in values.
const (
	columnStatus = iota
	columnLink
	columnDuration
	columnCost
	columnFailure
	columnJob
	columnUpdated
)

// The words of the status column.
const (
	wordQueued    = "queued"
	wordWaiting   = "waiting"
	wordRendering = "rendering"
	wordCompleted = "completed"
	wordFailed    = "failed"
	wordCancelled = "cancelled"
	wordSkipped   = "skipped"
	wordInvalid   = "invalid"
)

// longestError is how many characters of an error are written.
const longestError = 500

func word(s schedulerv1.VideoJob_State) string {
	switch s {
	case schedulerv1.VideoJob_QUEUED:
		return wordQueued
	case schedulerv1.VideoJob_RATE_LIMITED, schedulerv1.VideoJob_RETRYING:
		return wordWaiting
	case schedulerv1.VideoJob_DISPATCHED, schedulerv1.VideoJob_IN_PROGRESS:
		return wordRendering
	case schedulerv1.VideoJob_COMPLETED:
		return wordCompleted
	case schedulerv1.VideoJob_FAILED:
		return wordFailed
	case schedulerv1.VideoJob_CANCELLED:
		return wordCancelled
	case schedulerv1.VideoJob_SKIPPED:
		return wordSkipped
	}
	return ""
}

// ourWord tells whether a text is one that we write into the status column.
func ourWord(text string) bool {
	return slices.Contains([]string{
		wordQueued, wordWaiting, wordRendering, wordCompleted, wordFailed, wordCancelled, wordSkipped, wordInvalid,
	}, text)
}

// resultValues are what a video job's row says. They depend on the video job alone, so that writing them again changes
// nothing.
func resultValues(v *schedulerv1.VideoJob, micros int64, currency, publicURL string) values {
	var out values
	out[columnStatus], out[columnJob] = source.Text(word(v.GetState())), source.Text(v.GetName())
	if v.GetState() == schedulerv1.VideoJob_COMPLETED {
		if d := v.GetVideoDuration().AsDuration(); d > 0 {
			out[columnDuration] = source.Number(float64(d.Round(100*time.Millisecond).Milliseconds()) / 1000)
		}
		out[columnLink] = source.Text(videoLink(v, publicURL))
	}
	if micros > 0 {
		out[columnCost] = source.Text(money(micros, currency))
	}
	if message := v.GetError().GetMessage(); v.GetState() != schedulerv1.VideoJob_COMPLETED {
		out[columnFailure] = text(message)
	}
	for _, t := range []interface{ AsTime() time.Time }{v.GetCreateTime(), v.GetStartTime(), v.GetEndTime()} {
		if at := t.AsTime(); at.Unix() > 0 {
			out[columnUpdated] = source.Text(at.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
	}
	return out
}

// invalidValues are what a row says that gives no idea.
func invalidValues(problem string) values {
	return values{columnStatus: source.Text(wordInvalid), columnFailure: text(problem)}
}

func text(s string) source.Cell {
	if r := []rune(s); len(r) > longestError {
		s = string(r[:longestError-1]) + "…"
	}
	return source.Text(s)
}

// videoLink is where a video can be fetched; empty when nobody has said where the gateway is.
func videoLink(v *schedulerv1.VideoJob, publicURL string) string {
	i := slices.IndexFunc(v.GetArtifacts(), func(a *schedulerv1.Artifact) bool { return strings.HasPrefix(a.GetContentType(), "video/") })
	if publicURL == "" || i < 0 {
		return ""
	}
	return strings.TrimRight(publicURL, "/") + "/v1/" + v.GetName() + "/artifacts/" + url.PathEscape(v.GetArtifacts()[i].GetFileName())
}

// money writes an amount with at least two decimals.
func money(micros int64, currency string) string {
	s := fmt.Sprintf("%d.%06d", micros/1_000_000, micros%1_000_000)
	for strings.HasSuffix(s, "0") && !strings.HasSuffix(s[:len(s)-1], ".") && s[len(s)-3] != '.' {
		s = s[:len(s)-1]
	}
	return strings.TrimSpace(s + " " + currency)
}

// job is the video job that the values name.
func (v values) job() string { return v[columnJob].String() }

// bulkOf is the bulk job of a video job's name; empty for what is none.
func bulkOf(name string) string {
	bulk, id, ok := strings.Cut(name, "/videoJobs/")
	if !ok || id == "" || !strings.HasPrefix(bulk, "projects/") {
		return ""
	}
	return bulk
}

// newer tells whether a video job was made after another: ids rise with time.
func newer(a, b string) bool {
	return a[strings.LastIndex(a, "/")+1:] > b[strings.LastIndex(b, "/")+1:]
}
