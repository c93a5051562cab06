-- Spreadsheets that are watched: what was seen of them, by whom they are looked at, and when next.
CREATE TABLE connected_sheets (
  project  text    COLLATE "C" NOT NULL,
  id       uuid    NOT NULL,
  active   boolean NOT NULL,
  due_ms   bigint  NOT NULL,           -- not to be leased before
  lease    text    COLLATE "C",
  until_ms bigint  NOT NULL DEFAULT 0, -- the end of the lease
  sheet    bytea   NOT NULL,           -- sheetreel.scheduler.v1.ConnectedSheet
  PRIMARY KEY (project, id)
);

CREATE INDEX connected_sheets_due ON connected_sheets (due_ms, project, id) WHERE active;
CREATE UNIQUE INDEX connected_sheets_lease ON connected_sheets (lease) WHERE lease IS NOT NULL;

ANALYZE connected_sheets;
