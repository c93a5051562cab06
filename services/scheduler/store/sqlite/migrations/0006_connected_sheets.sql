-- Spreadsheets that are watched: what was seen of them, by whom they are looked at, and when next.
CREATE TABLE connected_sheets (
  project  TEXT    NOT NULL,
  id       TEXT    NOT NULL,
  active   INTEGER NOT NULL,
  due_ms   INTEGER NOT NULL,           -- not to be leased before
  lease    TEXT,
  until_ms INTEGER NOT NULL DEFAULT 0, -- the end of the lease
  sheet    BLOB    NOT NULL,           -- sheetreel.scheduler.v1.ConnectedSheet
  PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX connected_sheets_due ON connected_sheets (due_ms, project, id) WHERE active = 1;
CREATE UNIQUE INDEX connected_sheets_lease ON connected_sheets (lease) WHERE lease IS NOT NULL;
