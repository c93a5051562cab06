package limits

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

func algorithmOf(a ratelimitv1.Limit_Algorithm) rule.Algorithm {
	switch a {
	case ratelimitv1.Limit_SLIDING_LOG:
		return rule.SlidingLog
	case ratelimitv1.Limit_TOKEN_BUCKET:
		return rule.TokenBucket
	case ratelimitv1.Limit_SLIDING_COUNTER:
		return rule.SlidingCounter
	case ratelimitv1.Limit_CALENDAR:
		return rule.Calendar
	case ratelimitv1.Limit_CONCURRENCY:
		return rule.Concurrency
	}
	return ""
}

func showAlgorithm(a rule.Algorithm) ratelimitv1.Limit_Algorithm {
	switch a {
	case rule.SlidingLog:
		return ratelimitv1.Limit_SLIDING_LOG
	case rule.TokenBucket:
		return ratelimitv1.Limit_TOKEN_BUCKET
	case rule.SlidingCounter:
		return ratelimitv1.Limit_SLIDING_COUNTER
	case rule.Calendar:
		return ratelimitv1.Limit_CALENDAR
	case rule.Concurrency:
		return ratelimitv1.Limit_CONCURRENCY
	}
	return ratelimitv1.Limit_ALGORITHM_UNSPECIFIED
}

func unitOf(u ratelimitv1.Limit_Unit) rule.Unit {
	switch u {
	case ratelimitv1.Limit_DAY:
		return rule.Day
	case ratelimitv1.Limit_MONTH:
		return rule.Month
	case ratelimitv1.Limit_UNIT_UNSPECIFIED:
	}
	return ""
}

func showUnit(u rule.Unit) ratelimitv1.Limit_Unit {
	switch u {
	case rule.Day:
		return ratelimitv1.Limit_DAY
	case rule.Month:
		return ratelimitv1.Limit_MONTH
	}
	return ratelimitv1.Limit_UNIT_UNSPECIFIED
}

func outageOf(o ratelimitv1.Limit_Outage) rule.Outage {
	switch o {
	case ratelimitv1.Limit_CLOSED:
		return rule.Closed
	case ratelimitv1.Limit_OPEN:
		return rule.Open
	case ratelimitv1.Limit_OUTAGE_UNSPECIFIED, ratelimitv1.Limit_LOCAL_SHARE:
	}
	return rule.LocalShare
}

func showOutage(o rule.Outage) ratelimitv1.Limit_Outage {
	switch o {
	case rule.Closed:
		return ratelimitv1.Limit_CLOSED
	case rule.Open:
		return ratelimitv1.Limit_OPEN
	case rule.LocalShare:
	}
	return ratelimitv1.Limit_LOCAL_SHARE
}

func showOrigin(o rule.Origin) ratelimitv1.Limit_Origin {
	switch o {
	case rule.BuiltIn:
		return ratelimitv1.Limit_BUILT_IN
	case rule.File:
		return ratelimitv1.Limit_FILE
	case rule.API:
		return ratelimitv1.Limit_API
	}
	return ratelimitv1.Limit_ORIGIN_UNSPECIFIED
}

// showLimit is a rule as the API shows it.
func showLimit(r rule.Rule) *ratelimitv1.Limit {
	l := &ratelimitv1.Limit{
		Name: limitName(r.Name), Match: r.Match, Keys: r.Keys, Algorithm: showAlgorithm(r.Algorithm), Capacity: int32(r.Capacity),
		Period: span(r.Period), Unit: showUnit(r.Unit), TimeZone: r.Zone, DryRun: r.DryRun, Outage: showOutage(r.Outage),
		Origin: showOrigin(r.Origin), OverrideCount: int32(len(r.Overrides)), Etag: etagOf(r.Origin, r),
	}
	if r.Upstream != (rule.Upstream{}) {
		l.Upstream = &ratelimitv1.UpstreamCap{Capacity: int32(r.Upstream.Capacity), Period: durationpb.New(r.Upstream.Period)}
	}
	return l
}

// showOverride is an override as the API shows it.
func showOverride(limit string, o rule.Override, state ratelimitv1.LimitOverride_State) *ratelimitv1.LimitOverride {
	out := &ratelimitv1.LimitOverride{
		Name: limitName(limit) + "/overrides/" + o.Name, Values: o.Values, Capacity: int32(o.Capacity), Period: span(o.Period),
		Reason: o.Reason, Origin: showOrigin(o.Origin), State: state, Etag: etagOf(o.Origin, o),
	}
	if !o.Expires.IsZero() {
		out.ExpireTime = timestamppb.New(o.Expires)
	}
	return out
}

// span is a duration as the API shows it: absent when there is none.
func span(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}
