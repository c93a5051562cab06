-- Spreadsheets into which results are written: by whom, and when next.
CREATE TABLE write_back_sheets (
  sheet             text    COLLATE "C" NOT NULL PRIMARY KEY, -- the spreadsheet's id
  lease             text    COLLATE "C",
  worker            text    COLLATE "C",
  until_ms          bigint  NOT NULL DEFAULT 0,   -- the end of the lease
  due_ms            bigint  NOT NULL DEFAULT 0    -- not to be leased before
);

CREATE INDEX write_back_sheets_due ON write_back_sheets (due_ms, sheet);
CREATE UNIQUE INDEX write_back_sheets_lease ON write_back_sheets (lease) WHERE lease IS NOT NULL;
CREATE INDEX write_back_sheets_live ON write_back_sheets (until_ms) WHERE lease IS NOT NULL;

-- The bulk jobs whose results go there, and how far they are. What is behind the bulk job's last event is to be written.
CREATE TABLE write_backs (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  sheet             text    COLLATE "C" NOT NULL,
  written_sequence  bigint  NOT NULL DEFAULT 0,
  status            bytea,                        -- sheetreel.scheduler.v1.WriteBack
  PRIMARY KEY (project, bulk_job)
);

CREATE INDEX write_backs_sheet ON write_backs (sheet, bulk_job);

ANALYZE write_back_sheets, write_backs;
