package wait

import "time"

// refund is what has been given back lately.
type refund struct {
	last  time.Time   // when sleepers were woken for it
	alarm *time.Timer // wakes them once more; nil: none is set
}

// Refunded tells that something was given back: the sleepers ask again. Many refunds soon after another wake them once.
func (q *Queue) Refunded() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting == 0 || q.refund.alarm != nil {
		return
	}
	if pause := q.cfg.Spacing - time.Since(q.refund.last); pause > 0 {
		q.refund.alarm = time.AfterFunc(pause, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.refund.alarm = nil
			q.wakeAll()
		})
		return
	}
	q.wakeAll()
}

// wakeAll lets all sleepers ask again. The lock is held.
func (q *Queue) wakeAll() {
	q.refund.last = time.Now()
	for _, l := range q.lanes {
		for _, w := range l.waiters {
			if w.state == asleep {
				w.alarm.Stop()
				w.state = idle
			}
		}
		l.proceed()
	}
}
