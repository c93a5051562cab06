-- Sources whose rows are remembered, by a digest of what and whose they are. The row is the lock of all rows of the source.
CREATE TABLE import_sources (
  project text   COLLATE "C" NOT NULL,
  source  bytea  NOT NULL,
  last_ms bigint NOT NULL, -- of the last import
  PRIMARY KEY (project, source)
);

CREATE INDEX import_sources_last ON import_sources (last_ms);

-- Rows that were submitted, so that importing the source again submits what is new.
CREATE TABLE source_rows (
  project    text     COLLATE "C" NOT NULL,
  source     bytea    NOT NULL,
  row_hash   bytea    NOT NULL, -- of the row key
  content    bytea    NOT NULL, -- digest of what the row says
  bulk_job   uuid     NOT NULL,
  video_job  uuid     NOT NULL, -- what was made of it last
  kind       smallint NOT NULL, -- what the row was for that bulk job
  removed_ms bigint,            -- since when the source does not have it
  PRIMARY KEY (project, source, row_hash)
);

-- Finds the rows of a video job that is deleted. It begins with what no other statement asks for, so that nobody is led
-- astray by a plan that was made while the table was empty.
CREATE INDEX source_rows_job ON source_rows (video_job);

CREATE INDEX source_rows_removed ON source_rows (removed_ms) WHERE removed_ms IS NOT NULL;

ANALYZE import_sources, source_rows;
