-- Who hears of events.
CREATE TABLE webhook_endpoints (
  project           TEXT    NOT NULL,
  id                TEXT    NOT NULL,
  url               TEXT    NOT NULL,
  display_name      TEXT    NOT NULL,
  types             INTEGER NOT NULL,             -- bits of package notice; 0 is all
  state             INTEGER NOT NULL,             -- 1 enabled, 2 disabled
  reason            INTEGER NOT NULL,             -- why it is disabled
  secret            BLOB    NOT NULL,
  previous          BLOB,                         -- the secret before, which signs too until a time
  previous_until_ms INTEGER,
  failing_ms        INTEGER,                      -- since when nothing was taken
  create_ms         INTEGER NOT NULL,
  update_ms         INTEGER NOT NULL,
  PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;

-- What is on its way to them, and for a while what was.
CREATE TABLE webhook_deliveries (
  project           TEXT    NOT NULL,
  endpoint          TEXT    NOT NULL,
  id                TEXT    NOT NULL,             -- of the event: the same for all endpoints
  type              INTEGER NOT NULL,
  body              BLOB    NOT NULL,             -- JSON
  state             INTEGER NOT NULL,             -- 1 pending, 2 delivered, 3 failed
  attempts          INTEGER NOT NULL,
  due_ms            INTEGER NOT NULL,             -- not to be sent before; the end of the lease while there is one
  lease             TEXT,
  tried_ms          INTEGER,
  status            INTEGER NOT NULL,             -- of the last answer
  error             TEXT    NOT NULL,
  create_ms         INTEGER NOT NULL,
  end_ms            INTEGER,
  PRIMARY KEY (project, endpoint, id)
) STRICT;

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (project, endpoint, due_ms, id) WHERE state = 1;
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (project, endpoint, state, id);
-- What retention looks through.
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (end_ms) WHERE end_ms IS NOT NULL;
