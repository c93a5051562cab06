package wait

import (
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// lane holds the waiting calls of one user, in the order of their arrival.
type lane struct{ waiters []*waiter }

// state is what a waiter does.
type state int

const (
	idle   state = iota // it has not been asked about yet, or its time has come
	asking              // the engine is asked
	asleep              // it was refused
)

// waiter is a waiting call. Its fields belong to the queue's lock, but for those that only its own goroutine uses.
type waiter struct {
	call   Call
	lane   *lane
	turn   chan struct{} // has room for one
	placed bool          // of its goroutine: it has a place with the engine

	state    state
	own      []counter   // all that count it
	refusing []counter   // those that refuse it longest, when asleep: before them it has no need of the others
	alarm    *time.Timer // wakes it
}

// counter is a limit for one key.
type counter struct{ rule, key string }

// join puts a call at the end of its lane.
func (q *Queue) join(call Call) (*waiter, error) {
	need := call.Need()
	own := countersOf(&need)
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lanes[call.Lane]
	if q.waiting >= q.cfg.MaxWaiting || l != nil && len(l.waiters) >= q.cfg.MaxPerLane {
		return nil, ErrFull
	}
	if l == nil {
		l = &lane{}
		q.lanes[call.Lane] = l
	}
	w := &waiter{call: call, lane: l, turn: make(chan struct{}, 1), own: own}
	l.waiters = append(l.waiters, w)
	q.waiting++
	l.proceed()
	return w, nil
}

// leave takes a call out of its lane.
func (q *Queue) leave(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.alarm != nil {
		w.alarm.Stop()
	}
	l := w.lane
	for i := range l.waiters {
		if l.waiters[i] == w {
			l.waiters = append(l.waiters[:i], l.waiters[i+1:]...)
			break
		}
	}
	q.waiting--
	if len(l.waiters) == 0 {
		delete(q.lanes, w.call.Lane)
		return
	}
	l.proceed()
}

// sleep lets a refused waiter sleep until its time.
func (q *Queue) sleep(w *waiter, need *engine.Need, out *engine.Outcome) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w.state, w.own, w.refusing = asleep, countersOf(need), w.refusing[:0]
	pause := max(out.Wait, time.Microsecond)
	for i := range out.Limits {
		s := &out.Limits[i]
		if s.Wait >= out.Wait {
			w.refusing = append(w.refusing, counter{s.Limit.Rule, s.Key})
		}
		if inFlight(s) && q.cfg.Recheck > 0 {
			pause = min(pause, q.cfg.Recheck)
		}
	}
	if len(w.refusing) == 0 { // it is not said which
		w.refusing = append(w.refusing, w.own...)
	}
	w.alarm = time.AfterFunc(pause, func() { q.wake(w) })
	w.lane.proceed()
}

// wake makes a sleeper ask again, as soon as nobody before it holds it up.
func (q *Queue) wake(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.state == asleep {
		w.state = idle
		w.lane.proceed()
	}
}

// proceed gives those their turn whom no earlier one of the lane holds up. The queue's lock is held.
func (l *lane) proceed() {
	held := map[counter]bool{}
	for _, w := range l.waiters {
		if w.state == idle && !meets(held, w.own) {
			w.state = asking
			w.turn <- struct{}{} // there is room: an earlier turn was taken before it could fall asleep
		}
		switch w.state {
		case asking:
			hold(held, w.own) // any of them may refuse it
		case asleep:
			hold(held, w.refusing)
		}
	}
}

func hold(held map[counter]bool, counters []counter) {
	for _, c := range counters {
		held[c] = true
	}
}

func meets(held map[counter]bool, own []counter) bool {
	for _, c := range own {
		if held[c] {
			return true
		}
	}
	return false
}

// countersOf are those that count a need.
func countersOf(need *engine.Need) []counter {
	var list []counter
	for i := range need.Lines {
		if l := &need.Lines[i]; !l.Limit.DryRun {
			list = append(list, counter{l.Limit.Rule, string(l.Key)})
		}
	}
	return list
}

// inFlight tells that a status is that of a limit whose slots are given back.
func inFlight(s *engine.Status) bool { return s.Limit.Algorithm == rule.Concurrency }
