-- Spreadsheets into which results are written: by whom, and when next.
CREATE TABLE write_back_sheets (
  sheet             TEXT    NOT NULL PRIMARY KEY, -- the spreadsheet's id
  lease             TEXT,
  worker            TEXT,
  until_ms          INTEGER NOT NULL DEFAULT 0,   -- the end of the lease
  due_ms            INTEGER NOT NULL DEFAULT 0    -- not to be leased before
) STRICT, WITHOUT ROWID;

CREATE INDEX write_back_sheets_due ON write_back_sheets (due_ms, sheet);
CREATE UNIQUE INDEX write_back_sheets_lease ON write_back_sheets (lease) WHERE lease IS NOT NULL;

-- The bulk jobs whose results go there, and how far they are. What is behind the bulk job's last event is to be written.
CREATE TABLE write_backs (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  sheet             TEXT    NOT NULL,
  written_sequence  INTEGER NOT NULL DEFAULT 0,
  status            BLOB,                         -- sheetreel.scheduler.v1.WriteBack
  PRIMARY KEY (project, bulk_job)
) STRICT, WITHOUT ROWID;

CREATE INDEX write_backs_sheet ON write_backs (sheet);
