package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// window is how many jobs of skipped users the claim walks over before it goes by lanes instead.
const window = 200

// ready are the jobs that may start at once, as the indexes queue_ready and queue_lanes have them.
const ready = `held = 0 AND due_ms = 0`

// waiting is a candidate with its place in the order.
type waiting struct {
	store.Candidate
	sortKey int64
}

func (w waiting) compare(o waiting) int {
	return cmp.Or(cmp.Compare(w.sortKey, o.sortKey), cmp.Compare(w.Video, o.Video))
}

func scanWaiting(r *sql.Rows) (w waiting, err error) {
	return w, r.Scan(&w.Project, &w.ID, &w.Video, &w.User, &w.Provider, &w.sortKey)
}

const waitingColumns = `SELECT project, bulk_job, id, user_id, provider, sort_key FROM queue `

// Candidates implements store.Store.
func (s *Store) Candidates(ctx context.Context, skip []store.UserKey, limit int, now time.Time) ([]store.Candidate, error) {
	var all []waiting
	err := s.db.Read(ctx, func(t *kitsqlite.Tx) (err error) {
		h := heads{ctx: ctx, tx: t, skip: map[store.UserKey]bool{}, limit: limit, now: now.UnixMilli()}
		for _, u := range skip {
			h.skip[u] = true
		}
		all, err = h.read()
		return err
	})
	found := make([]store.Candidate, len(all))
	for i, w := range all {
		found[i] = w.Candidate
	}
	return found, err
}

// heads reads the first that may start, apart from those of some users.
type heads struct {
	ctx   context.Context
	tx    *kitsqlite.Tx
	skip  map[store.UserKey]bool
	limit int
	now   int64
}

func (h heads) skipped(w waiting) bool {
	return h.skip[store.UserKey{Project: w.Project, User: w.User}]
}

// read merges those that are ready with those whose time has come.
func (h heads) read() ([]waiting, error) {
	all, err := h.inWindow()
	if err == nil && len(all) < h.limit && len(h.skip) > 0 {
		all, err = h.byLanes()
	}
	if err != nil {
		return nil, err
	}
	due, err := h.due()
	if err != nil {
		return nil, err
	}
	return h.first(append(all, due...)), nil
}

// first gives the first ones in order.
func (h heads) first(all []waiting) []waiting {
	slices.SortFunc(all, waiting.compare)
	return all[:min(len(all), h.limit)]
}

// inWindow looks at the head of the order only. With nobody to skip that is enough.
func (h heads) inWindow() ([]waiting, error) {
	most := h.limit
	if len(h.skip) > 0 {
		most += window
	}
	all, err := rows(h.ctx, h.tx, scanWaiting, waitingColumns+`WHERE `+ready+` ORDER BY sort_key, id LIMIT ?`, most)
	return slices.DeleteFunc(all, h.skipped), err
}

// byLanes steps from user to user and merges what each has. It costs by users, and nothing for however many jobs of a
// skipped one.
func (h heads) byLanes() ([]waiting, error) {
	var first []waiting // of each user
	for at := (store.UserKey{}); ; {
		next, err := rows(h.ctx, h.tx, scanWaiting, waitingColumns+`WHERE `+ready+` AND (project, user_id) > (?, ?)
			ORDER BY project, user_id, sort_key, id LIMIT 1`, at.Project, at.User)
		if err != nil {
			return nil, err
		}
		if len(next) == 0 {
			break
		}
		at = store.UserKey{Project: next[0].Project, User: next[0].User}
		if !h.skip[at] {
			first = append(first, next[0])
		}
	}
	var all []waiting
	for _, lane := range h.first(first) {
		more, err := rows(h.ctx, h.tx, scanWaiting, waitingColumns+`WHERE `+ready+` AND project = ? AND user_id = ?
			ORDER BY sort_key, id LIMIT ?`, lane.Project, lane.User, h.limit)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// due reads those that waited for a time which has come.
func (h heads) due() ([]waiting, error) {
	users := make([]string, 0, len(h.skip))
	for u := range h.skip {
		users = append(users, u.Project+"/"+u.User)
	}
	skipped, err := json.Marshal(users)
	if err != nil {
		return nil, err
	}
	return rows(h.ctx, h.tx, scanWaiting, waitingColumns+`WHERE held = 0 AND due_ms > 0 AND due_ms <= ?
		AND project || '/' || user_id NOT IN (SELECT value FROM json_each(?)) ORDER BY sort_key, id LIMIT ?`, h.now, string(skipped), h.limit)
}

// NextDue implements store.Store.
func (s *Store) NextDue(ctx context.Context, now time.Time) (at time.Time, ok bool, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		due, err := first(rows(ctx, t, func(r *sql.Rows) (due sql.NullInt64, err error) { return due, r.Scan(&due) },
			`SELECT min(due_ms) FROM queue WHERE held = 0 AND due_ms > 0 AND due_ms > ?`, now.UnixMilli()))
		at, ok = fromMillis(due), due.Valid
		return err
	})
	return at, ok, err
}
