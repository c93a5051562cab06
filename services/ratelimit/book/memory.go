package book

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Memory is a store in this process's memory: what the API made is gone when the process ends. The zero value is empty.
type Memory struct {
	mu      sync.Mutex
	rows    map[[2]string][]byte
	records []Record // by number
}

var _ Store = (*Memory)(nil)

// Load implements Store.
func (m *Memory) Load(context.Context) (Record, []Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []Row
	for name, body := range m.rows {
		rows = append(rows, Row{name[0], name[1], body})
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Override, b.Override))
	})
	if len(m.records) == 0 {
		return Record{}, rows, nil
	}
	return m.records[len(m.records)-1], rows, nil
}

// Head implements Store.
func (m *Memory) Head(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head(), nil
}

func (m *Memory) head() int64 {
	if len(m.records) == 0 {
		return 0
	}
	return m.records[len(m.records)-1].Number
}

// Append implements Store.
func (m *Memory) Append(_ context.Context, record Record, rows []Row, keep int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if record.Number != m.head()+1 {
		return ErrConflict
	}
	if m.rows == nil {
		m.rows = map[[2]string][]byte{}
	}
	for _, r := range rows {
		if name := [2]string{r.Limit, r.Override}; len(r.Body) == 0 {
			delete(m.rows, name)
		} else {
			m.rows[name] = r.Body
		}
	}
	m.records = append(m.records, record)
	m.records = slices.Delete(m.records, 0, max(len(m.records)-keep, 0))
	return nil
}

// Records implements Store.
func (m *Memory) Records(_ context.Context, before int64, limit int) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Record
	for _, r := range slices.Backward(m.records) {
		if len(found) < limit && (before == 0 || r.Number < before) {
			found = append(found, r)
		}
	}
	return found, nil
}

// Request implements Store.
func (m *Memory) Request(_ context.Context, id string) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range slices.Backward(m.records) {
		if r.RequestID == id {
			return r, nil
		}
	}
	return Record{}, ErrNotFound
}
