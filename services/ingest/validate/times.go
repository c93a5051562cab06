package validate

import (
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/moment"
)

// times reads when a video may start, is wanted, and is published. A day without a time of day is its beginning, but
// who wants something by a day has until its end. What is published at a time is wanted by then.
func (r *reader) times(idea *ingestv1.Idea) {
	start, starts := r.moment(mapping.NotBeforeTime)
	due, dues := r.moment(mapping.DueTime)
	publish, publishes := r.moment(mapping.PublishTime)
	wanted := due.End()
	if !dues {
		wanted = publish.Time
	}
	if starts {
		idea.NotBeforeTime = timestamppb.New(start.Time)
		r.waits(start.Time)
	}
	if dues || publishes {
		idea.DueTime = timestamppb.New(wanted)
	}
	if publishes {
		idea.PublishTime = timestamppb.New(publish.Time)
		r.past(mapping.PublishTime, publish, publish.Time)
	}
	if dues {
		r.past(mapping.DueTime, due, wanted)
	}
	if starts && (dues || publishes) && !start.Time.Before(wanted) {
		r.note(mapping.NotBeforeTime, "not_before_time.order", warning,
			"The video may not start before "+spellTime(start)+", but it is wanted earlier.", "Let it start earlier, or move the date when it is wanted.")
	}
}

// past warns of a time that is over.
func (r *reader) past(field mapping.Field, m moment.Moment, end time.Time) {
	if now := r.run.options.Now; !now.IsZero() && end.Before(now) {
		r.note(field, string(field)+".past", warning, "This is in the past: "+spellTime(m)+".", "Write a later date, or leave it empty.")
	}
}

// waits warns of a start that is so far away that the year must be a mistake.
func (r *reader) waits(start time.Time) {
	if now := r.run.options.Now; !now.IsZero() && start.Sub(now) > r.rules.file.LongestWait {
		r.note(mapping.NotBeforeTime, "not_before_time.far", warning, "The video waits until "+start.Format("2 January 2006")+".", "Check the year.")
	}
}

// moment reads a date. One that cannot be read leaves the row out only when the video would start too early without it.
func (r *reader) moment(field mapping.Field) (moment.Moment, bool) {
	cell, ok := r.value(field)
	text := clean.Line(cell.String())
	if !ok || text == "" {
		return moment.Moment{}, false
	}
	var m moment.Moment
	var err error
	if n, is := cell.Number(); is {
		m, err = r.run.place.Serial(n)
	} else {
		m, err = r.run.place.Parse(text)
	}
	if err != nil {
		r.noMoment(field, text, err)
		return m, false
	}
	r.zone(field, m)
	return m, true
}

// noMoment says why a text is no date, and how to write it.
func (r *reader) noMoment(field mapping.Field, text string, err error) {
	rule, suggestion := string(field)+".format", "Write it like 2026-11-24 or 2026-11-24 14:00."
	var two *moment.AmbiguousError
	if errors.As(err, &two) {
		rule = string(field) + ".ambiguous"
		suggestion = "Write " + two.DayFirst.Time.Format(time.DateOnly) + " or " + two.MonthFirst.Time.Format(time.DateOnly) + "."
	}
	message := "The date " + quote(text) + " " + err.Error()
	switch {
	case field != mapping.NotBeforeTime:
		r.note(field, rule, warning, message+". It is left out.", suggestion)
	case r.mends():
		r.mended(field, rule, message+". It was left out, so the video starts when it is its turn.", suggestion, text, "")
	default:
		r.note(field, rule, failure, message+".", suggestion)
	}
}

// zone says once that the sheet does not tell whose clock its times are of.
func (r *reader) zone(field mapping.Field, m moment.Moment) {
	if r.run.place.Zone != nil || m.Zoned || r.run.zoneTold {
		return
	}
	r.run.zoneTold = true
	column, _ := r.header.Column(field)
	r.result.note(&ingestv1.Finding{
		RowNumber: int32(r.number()), Cell: r.table.Name(r.index, column.Index), Field: string(field), Rule: "time.zone", Severity: warning,
		Message:    "The sheet has no time zone, so its times are those of UTC.",
		Suggestion: "Write the zone behind a time, for example 2026-11-24 14:00 +01:00.",
	})
}

// spellTime writes a moment as people do.
func spellTime(m moment.Moment) string {
	if m.DateOnly {
		return m.Time.Format("2 January 2006")
	}
	return m.Time.Format("2 January 2006 15:04 MST")
}
