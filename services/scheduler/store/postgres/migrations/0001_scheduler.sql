-- Times are milliseconds since 1970, states are the numbers of the API's enums, NULL means "not yet". There are no
-- foreign keys: package ledger writes both sides in one transaction. Hot tables leave room on their pages, so that an
-- update of columns without an index stays on its page, and are vacuumed by rows, not by share.

-- Everything that moves with each video job. What the caller wrote lives apart, so that a move copies little.
CREATE TABLE bulk_jobs (
  project           text    COLLATE "C" NOT NULL,
  id                uuid    NOT NULL,
  user_id           text    COLLATE "C" NOT NULL,
  state             smallint NOT NULL,
  last_sequence     bigint  NOT NULL DEFAULT 0,
  total             integer NOT NULL DEFAULT 0,
  pending           integer NOT NULL DEFAULT 0,
  running           integer NOT NULL DEFAULT 0,
  completed         integer NOT NULL DEFAULT 0,
  failed            integer NOT NULL DEFAULT 0,
  skipped           integer NOT NULL DEFAULT 0,
  cancelled         integer NOT NULL DEFAULT 0,
  rate_limited      integer NOT NULL DEFAULT 0,   -- of the pending ones
  render_ms         bigint  NOT NULL DEFAULT 0,
  import_done       boolean NOT NULL DEFAULT false,
  import_lease      text    COLLATE "C",
  import_worker     text    COLLATE "C",
  import_until_ms   bigint,
  import_crashes    integer NOT NULL DEFAULT 0,
  create_ms         bigint  NOT NULL,
  update_ms         bigint  NOT NULL,
  start_ms          bigint,
  end_ms            bigint,
  compact_sequence  bigint  NOT NULL DEFAULT 0,   -- so far the history is compacted
  compact_ms        bigint,                       -- the end_ms up to which it is
  cost_micros       bigint  NOT NULL DEFAULT 0,   -- of its attempts so far
  deadline_ms       bigint,
  PRIMARY KEY (project, id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);

-- What LeaseImport looks through, for all projects.
CREATE INDEX bulk_jobs_to_import ON bulk_jobs (create_ms, id) WHERE state IN (1, 2) AND NOT import_done;
CREATE INDEX bulk_jobs_deadline ON bulk_jobs (deadline_ms) WHERE deadline_ms IS NOT NULL AND state IN (1, 2, 3, 4);
CREATE UNIQUE INDEX bulk_jobs_import_lease ON bulk_jobs (import_lease) WHERE import_lease IS NOT NULL;

-- What retention and compaction look through, for all projects. No column of them changes while a bulk job runs.
CREATE INDEX bulk_jobs_ended ON bulk_jobs (end_ms) WHERE end_ms IS NOT NULL;
CREATE INDEX bulk_jobs_uncompacted ON bulk_jobs (end_ms) WHERE end_ms IS NOT NULL AND compact_ms IS DISTINCT FROM end_ms;

CREATE TABLE bulk_job_details (
  project           text    COLLATE "C" NOT NULL,
  id                uuid    NOT NULL,
  spec              bytea   NOT NULL,             -- sheetreel.scheduler.v1.BulkJob, the caller's fields
  report            bytea,                        -- sheetreel.ingest.v1.ImportReport
  error             bytea,                        -- google.rpc.Status
  PRIMARY KEY (project, id)
);

-- A video job is one narrow row, in the table of its kind of state: queue, running or finished. What its idea says is
-- on a page. So each table has the size of what is in it, whatever the history, and an index holds only what is
-- looked for. queue: those that wait, which the claim walks over.
CREATE TABLE queue (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  id                uuid    NOT NULL,
  user_id           text    COLLATE "C" NOT NULL,
  provider          text    COLLATE "C" NOT NULL,
  sort_key          bigint  NOT NULL,
  wanted_key        bigint,                       -- of a job that is wanted at a time: the key of that time,
  plain_key         bigint,                       -- and its key without it
  position          bigint  NOT NULL,             -- in the bulk job, from 1
  last_on_page      bigint  NOT NULL,             -- the page of its idea
  attempt           integer NOT NULL,
  failures          integer NOT NULL,
  crashes           integer NOT NULL,
  max_attempts      integer NOT NULL,
  state             smallint NOT NULL,
  priority          smallint NOT NULL,
  edited            bytea,                        -- sheetreel.ingest.v1.Idea in place of the page's
  error             bytea,                        -- google.rpc.Status of the last attempt
  due_ms            bigint  NOT NULL,             -- not to be claimed before
  held              boolean NOT NULL,             -- true while its bulk job is paused
  PRIMARY KEY (project, bulk_job, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);

-- One order over all projects, by provider because a worker may want the jobs of some only. The lanes let the claim step
-- over users that may not start anything. Those that wait for a time are apart: however many they are, the claim does
-- not walk over them.
CREATE INDEX queue_ready ON queue (provider, sort_key, id) WHERE NOT held AND due_ms = 0;
CREATE INDEX queue_lanes ON queue (provider, project, user_id, sort_key, id) WHERE NOT held AND due_ms = 0;
CREATE INDEX queue_due ON queue (due_ms) WHERE NOT held AND due_ms > 0;

-- Those that are leased: as many as there are workers' slots. A heartbeat changes no indexed column.
CREATE TABLE running (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  id                uuid    NOT NULL,
  user_id           text    COLLATE "C" NOT NULL,
  provider          text    COLLATE "C" NOT NULL,
  sort_key          bigint  NOT NULL,
  wanted_key        bigint,                       -- of a job that is wanted at a time: the key of that time,
  plain_key         bigint,                       -- and its key without it
  position          bigint  NOT NULL,             -- in the bulk job, from 1
  last_on_page      bigint  NOT NULL,             -- the page of its idea
  attempt           integer NOT NULL,
  failures          integer NOT NULL,
  crashes           integer NOT NULL,
  max_attempts      integer NOT NULL,
  state             smallint NOT NULL,
  priority          smallint NOT NULL,
  edited            bytea,                        -- sheetreel.ingest.v1.Idea in place of the page's
  error             bytea,                        -- google.rpc.Status of the last attempt
  lease             text    COLLATE "C" NOT NULL, -- the random id of the lease in force
  worker            text    COLLATE "C" NOT NULL,
  until_ms          bigint  NOT NULL,
  start_ms          bigint  NOT NULL,
  stage             text    COLLATE "C" NOT NULL,
  percent           double precision NOT NULL,
  eta_ms            bigint  NOT NULL,
  progress_event_ms bigint  NOT NULL,             -- when the last progress event was written
  PRIMARY KEY (project, bulk_job, id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);

-- Those that have ended. A row leaves only when its job is tried again.
CREATE TABLE finished (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  id                uuid    NOT NULL,
  user_id           text    COLLATE "C" NOT NULL,
  provider          text    COLLATE "C" NOT NULL,
  sort_key          bigint  NOT NULL,
  wanted_key        bigint,                       -- of a job that is wanted at a time: the key of that time,
  plain_key         bigint,                       -- and its key without it
  position          bigint  NOT NULL,             -- in the bulk job, from 1
  last_on_page      bigint  NOT NULL,             -- the page of its idea
  attempt           integer NOT NULL,
  failures          integer NOT NULL,
  crashes           integer NOT NULL,
  max_attempts      integer NOT NULL,
  state             smallint NOT NULL,
  priority          smallint NOT NULL,
  edited            bytea,                        -- sheetreel.ingest.v1.Idea in place of the page's
  error             bytea,                        -- google.rpc.Status of the last attempt
  lease             text    COLLATE "C",          -- of the last attempt, so that a repeated report is recognised
  worker            text    COLLATE "C",
  start_ms          bigint,
  end_ms            bigint  NOT NULL,
  result            bytea,                        -- sheetreel.scheduler.v1.VideoJob with artifacts and video_duration
  PRIMARY KEY (project, bulk_job, id)
) WITH (autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);

-- The ideas of an import, some dozens a row. A page is never changed.
CREATE TABLE pages (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  last_position     bigint  NOT NULL,
  ids               bytea   NOT NULL,             -- of the video jobs, 16 bytes each
  row_keys          bytea   NOT NULL,             -- 16 bytes of SHA-256 each
  ideas             bytea   NOT NULL,             -- sheetreel.ingest.v1.Idea, each after its length
  create_ms         bigint  NOT NULL,
  PRIMARY KEY (project, bulk_job, last_position)
);
ALTER TABLE pages ALTER COLUMN ideas SET STORAGE EXTERNAL, ALTER COLUMN row_keys SET STORAGE EXTERNAL, ALTER COLUMN ids SET STORAGE EXTERNAL;

-- Attempts that ended without a result. The one that runs or has made the result stands in the job's own row.
CREATE TABLE attempts (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  video_job         uuid    NOT NULL,
  number            integer NOT NULL,
  worker            text    COLLATE "C" NOT NULL,
  start_ms          bigint  NOT NULL,
  end_ms            bigint  NOT NULL,
  error             bytea,
  PRIMARY KEY (project, bulk_job, video_job, number)
);

-- The events of a bulk job that one transaction wrote, some hundreds a row at most. turn orders the rows of a project:
-- it is the number of the transaction, or that of the bulk job's row before if that is higher, so that a bulk job's
-- rows are in their order. Nothing below the oldest transaction under way can still come.
CREATE TABLE job_events (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  last_sequence     bigint  NOT NULL,
  first_sequence    bigint  NOT NULL,
  turn              xid8    NOT NULL,
  events            bytea   NOT NULL,             -- sheetreel.scheduler.v1.JobEvent, each after its length
  PRIMARY KEY (project, bulk_job, last_sequence)
);
CREATE INDEX job_events_project ON job_events (project, turn, bulk_job, last_sequence);
ALTER TABLE job_events ALTER COLUMN events SET STORAGE EXTERNAL;

-- Bulk jobs that were deleted. What else they have left is pruned by and by; their last event is kept for a while.
CREATE TABLE deletions (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  last_sequence     bigint  NOT NULL,             -- of the event that tells it
  delete_ms         bigint  NOT NULL,
  pruned            boolean NOT NULL DEFAULT false,
  PRIMARY KEY (project, bulk_job)
);

CREATE INDEX deletions_to_prune ON deletions (delete_ms) WHERE NOT pruned;
CREATE INDEX deletions_to_forget ON deletions (delete_ms) WHERE pruned;

-- Files that are to be deleted. A key begins with the name of its video job.
CREATE TABLE blob_deletions (
  blob_key          text    COLLATE "C" NOT NULL PRIMARY KEY,
  until_ms          bigint  NOT NULL DEFAULT 0    -- somebody deletes it until then
);

CREATE INDEX blob_deletions_until ON blob_deletions (until_ms);

-- What users have been given so far under the policy fair. The newest claim of all is its clock.
CREATE TABLE lanes (
  project           text    COLLATE "C" NOT NULL,
  user_id           text    COLLATE "C" NOT NULL,
  priority          smallint NOT NULL,
  finish_ms         bigint  NOT NULL,             -- where the share of its last job ends
  claimed_ms        bigint  NOT NULL,             -- as which its newest claimed job counted as queued
  PRIMARY KEY (project, user_id, priority)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX lanes_clock ON lanes (claimed_ms);

CREATE TABLE dead_letters (
  project           text    COLLATE "C" NOT NULL,
  id                uuid    NOT NULL,             -- the video job's
  bulk_job          uuid    NOT NULL,
  class             integer NOT NULL,
  create_ms         bigint  NOT NULL,
  PRIMARY KEY (project, id)
);

-- Lists by age: all of a project, by class, by bulk job; and what expires, of all projects.
CREATE INDEX dead_letters_by_age ON dead_letters (project, create_ms, id);
CREATE INDEX dead_letters_by_class ON dead_letters (project, class, create_ms, id);
CREATE INDEX dead_letters_by_bulk_job ON dead_letters (project, bulk_job, create_ms, id);
CREATE INDEX dead_letters_to_expire ON dead_letters (create_ms);

-- The line items that one transaction wrote for a bulk job, of attempts that cost something. The number is that of the
-- event which ended the last of them.
CREATE TABLE job_costs (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  last_sequence     bigint  NOT NULL,
  items             bytea   NOT NULL,             -- sheetreel.scheduler.v1.CostItem, each after its length
  PRIMARY KEY (project, bulk_job, last_sequence)
);
ALTER TABLE job_costs ALTER COLUMN items SET STORAGE EXTERNAL;

-- What users have spent. It outlives the bulk jobs.
CREATE TABLE spend (
  project           text    COLLATE "C" NOT NULL,
  day               integer NOT NULL,             -- days since 1970, UTC
  user_id           text    COLLATE "C" NOT NULL,
  micros            bigint  NOT NULL,
  PRIMARY KEY (project, day, user_id)
) WITH (fillfactor = 50);

CREATE TABLE budgets (
  project           text    COLLATE "C" NOT NULL,
  limit_micros      bigint  NOT NULL,             -- of a month; 0 is none
  reached_month     integer NOT NULL,             -- the month that has reached it, by its first day
  update_ms         bigint,                       -- when the limit last changed
  PRIMARY KEY (project)
);

CREATE TABLE requests (
  project           text    COLLATE "C" NOT NULL,
  method            text    COLLATE "C" NOT NULL,
  request_id        text    COLLATE "C" NOT NULL,
  hash              text    COLLATE "C" NOT NULL,
  resource          text    COLLATE "C" NOT NULL, -- name of what the request made or changed
  expire_ms         bigint  NOT NULL,
  PRIMARY KEY (project, method, request_id)
);

CREATE INDEX requests_expire ON requests (expire_ms);

ANALYZE bulk_jobs, bulk_job_details, queue, running, finished, pages, attempts, job_events, lanes, deletions, blob_deletions, dead_letters, job_costs, spend, budgets, requests;
