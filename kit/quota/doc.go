// Package quota asks the rate limit service for permits, for callers that want to wait for their turn.
//
// A call is asked under one id, so that a try whose answer was lost charges nothing twice, and keeps its place while it
// waits. It never asks before the time that the limiter told; what it adds is jittered, so that callers do not come all at once.
// A wait that cannot end before the caller's deadline is not begun: the caller gets the refusal at once. While the limiter has
// trouble tries are paid from a budget that successes fill, so that callers do not make the trouble worse.
package quota
