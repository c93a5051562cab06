-- Times are milliseconds since 1970, states are the numbers of the API's enums, NULL means "not yet".

CREATE TABLE bulk_jobs (
  project           TEXT    NOT NULL,
  id                TEXT    NOT NULL,
  user_id           TEXT    NOT NULL,
  state             INTEGER NOT NULL,
  spec              BLOB    NOT NULL,             -- sheetreel.scheduler.v1.BulkJob, the caller's fields
  report            BLOB,                         -- sheetreel.ingest.v1.ImportReport
  error             BLOB,                         -- google.rpc.Status
  last_sequence     INTEGER NOT NULL DEFAULT 0,
  total             INTEGER NOT NULL DEFAULT 0,
  pending           INTEGER NOT NULL DEFAULT 0,
  running           INTEGER NOT NULL DEFAULT 0,
  completed         INTEGER NOT NULL DEFAULT 0,
  failed            INTEGER NOT NULL DEFAULT 0,
  skipped           INTEGER NOT NULL DEFAULT 0,
  cancelled         INTEGER NOT NULL DEFAULT 0,
  rate_limited      INTEGER NOT NULL DEFAULT 0,   -- of the pending ones
  render_ms         INTEGER NOT NULL DEFAULT 0,
  import_done       INTEGER NOT NULL DEFAULT 0,
  import_lease      TEXT,
  import_worker     TEXT,
  import_until_ms   INTEGER,
  import_crashes    INTEGER NOT NULL DEFAULT 0,
  create_ms         INTEGER NOT NULL,
  update_ms         INTEGER NOT NULL,
  start_ms          INTEGER,
  end_ms            INTEGER,
  PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;

-- What LeaseImport looks through.
CREATE INDEX bulk_jobs_to_import ON bulk_jobs (create_ms) WHERE state IN (1, 2) AND import_done = 0;
CREATE UNIQUE INDEX bulk_jobs_import_lease ON bulk_jobs (import_lease) WHERE import_lease IS NOT NULL;

-- The narrow rows that the claim walks over.
CREATE TABLE queue (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  id                TEXT    NOT NULL,
  user_id           TEXT    NOT NULL,
  state             INTEGER NOT NULL,
  held              INTEGER NOT NULL DEFAULT 0,   -- 1 while its bulk job is paused
  sort_key          INTEGER NOT NULL,
  due_ms            INTEGER NOT NULL DEFAULT 0,
  attempt           INTEGER NOT NULL DEFAULT 0,
  failures          INTEGER NOT NULL DEFAULT 0,
  crashes           INTEGER NOT NULL DEFAULT 0,
  lease             TEXT,                         -- kept after completion, so that a repeated report is recognised
  until_ms          INTEGER,
  start_ms          INTEGER,
  percent           REAL    NOT NULL DEFAULT 0,
  stage             TEXT    NOT NULL DEFAULT '',
  eta_ms            INTEGER NOT NULL DEFAULT 0,
  progress_event_ms INTEGER NOT NULL DEFAULT 0,   -- when the last progress event was written
  PRIMARY KEY (project, bulk_job, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX queue_waiting ON queue (sort_key, id) WHERE state IN (1, 2, 5) AND held = 0;
CREATE UNIQUE INDEX queue_lease ON queue (lease) WHERE lease IS NOT NULL;
CREATE INDEX queue_until ON queue (until_ms) WHERE until_ms IS NOT NULL;
CREATE INDEX queue_running ON queue (project, bulk_job) WHERE state IN (3, 4);

CREATE TABLE video_jobs (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  id                TEXT    NOT NULL,
  position          INTEGER NOT NULL,
  row_key           TEXT    NOT NULL,
  row_number        INTEGER NOT NULL,
  title             TEXT    NOT NULL,
  priority          INTEGER NOT NULL,
  max_attempts      INTEGER NOT NULL,
  idea              BLOB    NOT NULL,             -- sheetreel.ingest.v1.Idea
  result            BLOB,                         -- sheetreel.scheduler.v1.VideoJob with artifacts and video_duration
  error             BLOB,                         -- google.rpc.Status
  create_ms         INTEGER NOT NULL,
  end_ms            INTEGER,
  PRIMARY KEY (project, bulk_job, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX video_jobs_row ON video_jobs (project, bulk_job, row_key);
CREATE UNIQUE INDEX video_jobs_position ON video_jobs (project, bulk_job, position);

CREATE TABLE attempts (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  video_job         TEXT    NOT NULL,
  number            INTEGER NOT NULL,
  worker            TEXT    NOT NULL,
  start_ms          INTEGER NOT NULL,
  end_ms            INTEGER,
  error             BLOB,
  PRIMARY KEY (project, bulk_job, video_job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_events (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  sequence          INTEGER NOT NULL,
  event             BLOB    NOT NULL,             -- sheetreel.scheduler.v1.JobEvent
  PRIMARY KEY (project, bulk_job, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  project           TEXT    NOT NULL,
  id                TEXT    NOT NULL,             -- the video job's
  bulk_job          TEXT    NOT NULL,
  class             INTEGER NOT NULL,
  create_ms         INTEGER NOT NULL,
  PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  project           TEXT    NOT NULL,
  method            TEXT    NOT NULL,
  request_id        TEXT    NOT NULL,
  hash              TEXT    NOT NULL,
  resource          TEXT    NOT NULL,             -- name of what the request made or changed
  expire_ms         INTEGER NOT NULL,
  PRIMARY KEY (project, method, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_expire ON requests (expire_ms);
