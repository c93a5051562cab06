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
  compact_sequence  INTEGER NOT NULL DEFAULT 0,   -- so far the history is compacted
  compact_ms        INTEGER,                      -- the end_ms up to which it is
  cost_micros       INTEGER NOT NULL DEFAULT 0,   -- of its attempts so far
  deadline_ms       INTEGER,
  PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;

-- What LeaseImport looks through.
CREATE INDEX bulk_jobs_to_import ON bulk_jobs (create_ms) WHERE state IN (1, 2) AND import_done = 0;
CREATE INDEX bulk_jobs_deadline ON bulk_jobs (deadline_ms) WHERE deadline_ms IS NOT NULL AND state IN (1, 2, 3, 4);
CREATE UNIQUE INDEX bulk_jobs_import_lease ON bulk_jobs (import_lease) WHERE import_lease IS NOT NULL;

-- What retention and compaction look through.
CREATE INDEX bulk_jobs_ended ON bulk_jobs (end_ms) WHERE end_ms IS NOT NULL;
CREATE INDEX bulk_jobs_uncompacted ON bulk_jobs (end_ms) WHERE end_ms IS NOT NULL AND compact_ms IS NOT end_ms;

-- A video job is one narrow row, in the table of its kind of state: queue, running or finished. What its idea says is
-- on a page. So each table has the size of what is in it, whatever the history, and an index holds only what is
-- looked for. queue: those that wait, which the claim walks over.
CREATE TABLE queue (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  id                TEXT    NOT NULL,
  user_id           TEXT    NOT NULL,
  provider          TEXT    NOT NULL,
  position          INTEGER NOT NULL,             -- in the bulk job, from 1
  last_on_page      INTEGER NOT NULL,             -- the page of its idea
  priority          INTEGER NOT NULL,
  max_attempts      INTEGER NOT NULL,
  state             INTEGER NOT NULL,
  sort_key          INTEGER NOT NULL,
  wanted_key        INTEGER,                      -- of a job that is wanted at a time: the key of that time,
  plain_key         INTEGER,                      -- and its key without it
  attempt           INTEGER NOT NULL,
  failures          INTEGER NOT NULL,
  crashes           INTEGER NOT NULL,
  edited            BLOB,                         -- sheetreel.ingest.v1.Idea in place of the page's
  error             BLOB,                         -- google.rpc.Status of the last attempt
  held              INTEGER NOT NULL,             -- 1 while its bulk job is paused
  due_ms            INTEGER NOT NULL,             -- not to be claimed before
  PRIMARY KEY (project, bulk_job, id)
) STRICT, WITHOUT ROWID;

-- By provider because a worker may want the jobs of some only. The lanes let the claim step over users that may not start
-- anything. Those that wait for a time are apart: however many they are, the claim does not walk over them.
CREATE INDEX queue_ready ON queue (provider, sort_key, id) WHERE held = 0 AND due_ms = 0;
CREATE INDEX queue_lanes ON queue (provider, project, user_id, sort_key, id) WHERE held = 0 AND due_ms = 0;
CREATE INDEX queue_due ON queue (due_ms) WHERE held = 0 AND due_ms > 0;

-- Those that are leased: as many as there are workers' slots.
CREATE TABLE running (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  id                TEXT    NOT NULL,
  user_id           TEXT    NOT NULL,
  provider          TEXT    NOT NULL,
  position          INTEGER NOT NULL,             -- in the bulk job, from 1
  last_on_page      INTEGER NOT NULL,             -- the page of its idea
  priority          INTEGER NOT NULL,
  max_attempts      INTEGER NOT NULL,
  state             INTEGER NOT NULL,
  sort_key          INTEGER NOT NULL,
  wanted_key        INTEGER,                      -- of a job that is wanted at a time: the key of that time,
  plain_key         INTEGER,                      -- and its key without it
  attempt           INTEGER NOT NULL,
  failures          INTEGER NOT NULL,
  crashes           INTEGER NOT NULL,
  edited            BLOB,                         -- sheetreel.ingest.v1.Idea in place of the page's
  error             BLOB,                         -- google.rpc.Status of the last attempt
  lease             TEXT    NOT NULL,             -- the random id of the lease in force
  worker            TEXT    NOT NULL,
  until_ms          INTEGER NOT NULL,
  start_ms          INTEGER NOT NULL,
  percent           REAL    NOT NULL,
  stage             TEXT    NOT NULL,
  eta_ms            INTEGER NOT NULL,
  progress_event_ms INTEGER NOT NULL,             -- when the last progress event was written
  PRIMARY KEY (project, bulk_job, id)
) STRICT, WITHOUT ROWID;

-- Those that have ended. A row leaves only when its job is tried again.
CREATE TABLE finished (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  id                TEXT    NOT NULL,
  user_id           TEXT    NOT NULL,
  provider          TEXT    NOT NULL,
  position          INTEGER NOT NULL,             -- in the bulk job, from 1
  last_on_page      INTEGER NOT NULL,             -- the page of its idea
  priority          INTEGER NOT NULL,
  max_attempts      INTEGER NOT NULL,
  state             INTEGER NOT NULL,
  sort_key          INTEGER NOT NULL,
  wanted_key        INTEGER,                      -- of a job that is wanted at a time: the key of that time,
  plain_key         INTEGER,                      -- and its key without it
  attempt           INTEGER NOT NULL,
  failures          INTEGER NOT NULL,
  crashes           INTEGER NOT NULL,
  edited            BLOB,                         -- sheetreel.ingest.v1.Idea in place of the page's
  error             BLOB,                         -- google.rpc.Status of the last attempt
  lease             TEXT,                         -- of the last attempt, so that a repeated report is recognised
  worker            TEXT,
  start_ms          INTEGER,
  end_ms            INTEGER NOT NULL,
  result            BLOB,                         -- sheetreel.scheduler.v1.VideoJob with artifacts and video_duration
  PRIMARY KEY (project, bulk_job, id)
) STRICT, WITHOUT ROWID;

-- The ideas of an import, some dozens a row. A page is never changed.
CREATE TABLE pages (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  last_position     INTEGER NOT NULL,
  ids               BLOB    NOT NULL,             -- of the video jobs, 16 bytes each
  row_keys          BLOB    NOT NULL,             -- 16 bytes of SHA-256 each
  ideas             BLOB    NOT NULL,             -- sheetreel.ingest.v1.Idea, each after its length
  create_ms         INTEGER NOT NULL,
  PRIMARY KEY (project, bulk_job, last_position)
) STRICT;

-- Attempts that ended without a result. The one that runs or has made the result stands in the job's own row.
CREATE TABLE attempts (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  video_job         TEXT    NOT NULL,
  number            INTEGER NOT NULL,
  worker            TEXT    NOT NULL,
  start_ms          INTEGER NOT NULL,
  end_ms            INTEGER NOT NULL,
  error             BLOB,
  PRIMARY KEY (project, bulk_job, video_job, number)
) STRICT, WITHOUT ROWID;

-- The events of a bulk job that one transaction wrote, some hundreds a row at most. The one writer gives the rows of
-- all projects their order.
CREATE TABLE job_events (
  place             INTEGER PRIMARY KEY AUTOINCREMENT,
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  first_sequence    INTEGER NOT NULL,
  last_sequence     INTEGER NOT NULL,
  events            BLOB    NOT NULL              -- sheetreel.scheduler.v1.JobEvent, each after its length
) STRICT;

CREATE UNIQUE INDEX job_events_bulk ON job_events (project, bulk_job, last_sequence);
CREATE INDEX job_events_project ON job_events (project, place);

-- Bulk jobs that were deleted. What else they have left is pruned by and by; their last event is kept for a while.
CREATE TABLE deletions (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  last_sequence     INTEGER NOT NULL,             -- of the event that tells it
  delete_ms         INTEGER NOT NULL,
  pruned            INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (project, bulk_job)
) STRICT, WITHOUT ROWID;

CREATE INDEX deletions_by_time ON deletions (pruned, delete_ms);

-- Files that are to be deleted. A key begins with the name of its video job.
CREATE TABLE blob_deletions (
  blob_key          TEXT    NOT NULL PRIMARY KEY,
  until_ms          INTEGER NOT NULL DEFAULT 0    -- somebody deletes it until then
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_deletions_until ON blob_deletions (until_ms);

-- What users have been given so far under the policy fair. The newest claim of all is its clock.
CREATE TABLE lanes (
  project           TEXT    NOT NULL,
  user_id           TEXT    NOT NULL,
  priority          INTEGER NOT NULL,
  finish_ms         INTEGER NOT NULL,             -- where the share of its last job ends
  claimed_ms        INTEGER NOT NULL,             -- as which its newest claimed job counted as queued
  PRIMARY KEY (project, user_id, priority)
) STRICT, WITHOUT ROWID;

CREATE INDEX lanes_clock ON lanes (claimed_ms);

CREATE TABLE dead_letters (
  project           TEXT    NOT NULL,
  id                TEXT    NOT NULL,             -- the video job's
  bulk_job          TEXT    NOT NULL,
  class             INTEGER NOT NULL,
  create_ms         INTEGER NOT NULL,
  PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;

-- Lists by age: all of a project, by class, by bulk job; and what expires, of all projects.
CREATE INDEX dead_letters_by_age ON dead_letters (project, create_ms, id);
CREATE INDEX dead_letters_by_class ON dead_letters (project, class, create_ms, id);
CREATE INDEX dead_letters_by_bulk_job ON dead_letters (project, bulk_job, create_ms, id);
CREATE INDEX dead_letters_to_expire ON dead_letters (create_ms);

-- The line items that one transaction wrote for a bulk job, of attempts that cost something. The number is that of the
-- event which ended the last of them.
CREATE TABLE job_costs (
  project           TEXT    NOT NULL,
  bulk_job          TEXT    NOT NULL,
  last_sequence     INTEGER NOT NULL,
  items             BLOB    NOT NULL,             -- sheetreel.scheduler.v1.CostItem, each after its length
  PRIMARY KEY (project, bulk_job, last_sequence)
) STRICT;

-- What users have spent. It outlives the bulk jobs.
CREATE TABLE spend (
  project           TEXT    NOT NULL,
  day               INTEGER NOT NULL,             -- days since 1970, UTC
  user_id           TEXT    NOT NULL,
  micros            INTEGER NOT NULL,
  PRIMARY KEY (project, day, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE budgets (
  project           TEXT    NOT NULL,
  limit_micros      INTEGER NOT NULL,             -- of a month; 0 is none
  reached_month     INTEGER NOT NULL,             -- the month that has reached it, by its first day
  update_ms         INTEGER,                      -- when the limit last changed
  PRIMARY KEY (project)
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
