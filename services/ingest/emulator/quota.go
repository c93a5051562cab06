package emulator

import "time"

// action is what a request does; quotas count reads and writes apart.
type action int

const (
	reads action = iota
	writes
	looks // for the version; Drive counts apart
)

// Quota is one of the counts by which requests are refused.
type Quota int

// The quotas. Google enforces the first four. Of the last it only says that more than one request a second is too many for a
// spreadsheet; the emulator can insist.
const (
	ReadsPerUser Quota = iota
	ReadsPerProject
	WritesPerUser
	WritesPerProject
	RequestsPerSheet
)

// quotas is what is configured: a minute for the first four, a second for the last; 0 is no limit.
func (c Config) quotas() map[Quota]int {
	return map[Quota]int{
		ReadsPerUser: c.ReadsPerMinute, ReadsPerProject: c.ProjectReadsPerMinute,
		WritesPerUser: c.WritesPerMinute, WritesPerProject: c.ProjectWritesPerMinute,
		RequestsPerSheet: c.SheetRequestsPerSecond,
	}
}

// SetQuota changes what is allowed from now on, as Google does when a project's quota is edited; 0 is no limit.
func (e *Emulator) SetQuota(q Quota, limit int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.quotas[q] = limit
}

// window is one count. It ends with the minute, or second, in which it began.
type window struct {
	quota Quota
	key   string // the account or the spreadsheet; empty for the project, as there is one
	begin time.Time
}

// charge counts a request in all its quotas, or refuses it and counts it in none.
func (e *Emulator) charge(kind action, who caller, spreadsheet string) error {
	if kind == looks {
		return nil
	}
	now := e.clock()
	minute := now.Truncate(time.Minute)
	if !minute.Equal(e.minute) {
		e.minute = minute
		clear(e.windows)
	}
	perUser, perProject := ReadsPerUser, ReadsPerProject
	if kind == writes {
		perUser, perProject = WritesPerUser, WritesPerProject
	}
	counted := []window{
		{perUser, who.account, minute},
		{perProject, "", minute},
		{RequestsPerSheet, spreadsheet, now.Truncate(time.Second)},
	}
	for _, w := range counted {
		if limit := e.quotas[w.quota]; limit > 0 && e.windows[w] >= limit {
			return overQuota(w.quota, limit)
		}
	}
	for _, w := range counted {
		if e.quotas[w.quota] > 0 {
			e.windows[w]++
		}
	}
	return nil
}
