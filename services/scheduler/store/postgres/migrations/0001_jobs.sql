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
  PRIMARY KEY (project, id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);

-- What LeaseImport looks through, for all projects.
CREATE INDEX bulk_jobs_to_import ON bulk_jobs (create_ms, id) WHERE state IN (1, 2) AND NOT import_done;
CREATE UNIQUE INDEX bulk_jobs_import_lease ON bulk_jobs (import_lease) WHERE import_lease IS NOT NULL;

CREATE TABLE bulk_job_details (
  project           text    COLLATE "C" NOT NULL,
  id                uuid    NOT NULL,
  spec              bytea   NOT NULL,             -- sheetreel.scheduler.v1.BulkJob, the caller's fields
  report            bytea,                        -- sheetreel.ingest.v1.ImportReport
  error             bytea,                        -- google.rpc.Status
  PRIMARY KEY (project, id)
);

-- The narrow rows that the claim walks over. Video jobs are found by project and id alone: with the bulk job in the
-- key the planner takes any index that begins with it while it knows no statistics, and walks over a whole batch.
CREATE TABLE queue (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  id                uuid    NOT NULL,
  user_id           text    COLLATE "C" NOT NULL,
  lease             text    COLLATE "C",          -- kept after completion, so that a repeated report is recognised
  stage             text    COLLATE "C" NOT NULL DEFAULT '',
  sort_key          bigint  NOT NULL,
  due_ms            bigint  NOT NULL DEFAULT 0,
  until_ms          bigint,
  start_ms          bigint,
  eta_ms            bigint  NOT NULL DEFAULT 0,
  progress_event_ms bigint  NOT NULL DEFAULT 0,   -- when the last progress event was written
  percent           double precision NOT NULL DEFAULT 0,
  attempt           integer NOT NULL DEFAULT 0,
  failures          integer NOT NULL DEFAULT 0,
  crashes           integer NOT NULL DEFAULT 0,
  state             smallint NOT NULL,
  held              boolean NOT NULL DEFAULT false, -- true while its bulk job is paused
  PRIMARY KEY (project, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);

-- One order over all projects, so this and the next but one do not begin with the project. The lanes let the claim
-- step over users that are out of quota. Those that wait for a time are apart: however many they are, the claim does
-- not walk over them.
CREATE INDEX queue_ready ON queue (sort_key, id) WHERE state = 1 AND NOT held;
CREATE INDEX queue_lanes ON queue (project, user_id, sort_key, id) WHERE state = 1 AND NOT held;
CREATE INDEX queue_due ON queue (due_ms) WHERE state IN (2, 5) AND NOT held;
-- As many as there are workers' slots. It has no column that a heartbeat changes.
CREATE INDEX queue_running ON queue (project, bulk_job) WHERE state IN (3, 4);
CREATE UNIQUE INDEX queue_lease ON queue (lease) WHERE lease IS NOT NULL;

CREATE TABLE video_jobs (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  id                uuid    NOT NULL,
  position          bigint  NOT NULL,
  row_key           text    COLLATE "C" NOT NULL,
  row_number        integer NOT NULL,
  title             text    NOT NULL,
  priority          integer NOT NULL,
  max_attempts      integer NOT NULL,
  idea              bytea   NOT NULL,             -- sheetreel.ingest.v1.Idea
  result            bytea,                        -- sheetreel.scheduler.v1.VideoJob with artifacts and video_duration
  error             bytea,                        -- google.rpc.Status
  create_ms         bigint  NOT NULL,
  end_ms            bigint,
  PRIMARY KEY (project, id)
) WITH (fillfactor = 80, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);

CREATE UNIQUE INDEX video_jobs_row ON video_jobs (project, bulk_job, row_key);
CREATE UNIQUE INDEX video_jobs_position ON video_jobs (project, bulk_job, position);

CREATE TABLE attempts (
  project           text    COLLATE "C" NOT NULL,
  video_job         uuid    NOT NULL,
  number            integer NOT NULL,
  worker            text    NOT NULL,
  start_ms          bigint  NOT NULL,
  end_ms            bigint,
  error             bytea,
  PRIMARY KEY (project, video_job, number)
) WITH (fillfactor = 80);

CREATE TABLE job_events (
  project           text    COLLATE "C" NOT NULL,
  bulk_job          uuid    NOT NULL,
  sequence          bigint  NOT NULL,
  event             bytea   NOT NULL,             -- sheetreel.scheduler.v1.JobEvent
  PRIMARY KEY (project, bulk_job, sequence)
);

CREATE TABLE dead_letters (
  project           text    COLLATE "C" NOT NULL,
  id                uuid    NOT NULL,             -- the video job's
  bulk_job          uuid    NOT NULL,
  class             integer NOT NULL,
  create_ms         bigint  NOT NULL,
  PRIMARY KEY (project, id)
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

ANALYZE bulk_jobs, bulk_job_details, queue, video_jobs, attempts, job_events, dead_letters, requests;
