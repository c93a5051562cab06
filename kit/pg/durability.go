package pg

import (
	"context"
	"fmt"
)

// Durability is how safe the server is set to keep what it has acknowledged.
type Durability struct {
	Fsync             string // on, or off
	SynchronousCommit string // of our connections: on, remote_apply, remote_write, local or off
	FullPageWrites    string // on, or off
	Standbys          string // synchronous_standby_names; empty when there are none
}

// Durability asks the server.
func (db *DB) Durability(ctx context.Context) (d Durability, err error) {
	limited, cancel := db.Limit(ctx)
	defer cancel()
	err = db.Pool.QueryRow(limited, `SELECT current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('full_page_writes'), current_setting('synchronous_standby_names')`).
		Scan(&d.Fsync, &d.SynchronousCommit, &d.FullPageWrites, &d.Standbys)
	if err != nil {
		return d, fmt.Errorf("durability settings: %w", Trouble(ctx, err))
	}
	return d, nil
}

// Risks says in plain words what can be lost with these settings; nothing when nothing can.
func (d Durability) Risks() []string {
	var risks []string
	if d.Fsync == "off" {
		risks = append(risks, "fsync is off: when the machine crashes, the database may be lost or damaged")
	}
	if d.FullPageWrites == "off" {
		risks = append(risks, "full_page_writes is off: when the machine crashes, pages may be damaged, unless its disk writes them whole")
	}
	switch {
	case d.SynchronousCommit == "off":
		risks = append(risks, "synchronous_commit is off: a crash of the server loses what it acknowledged in its last moments")
	case d.Standbys != "" && d.SynchronousCommit == "local":
		risks = append(risks, "synchronous_commit is local: a failover loses what the standby has not received yet")
	}
	return risks
}
