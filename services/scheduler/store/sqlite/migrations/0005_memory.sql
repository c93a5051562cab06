-- Sources whose rows are remembered, by a digest of what and whose they are.
CREATE TABLE import_sources (
  project TEXT    NOT NULL,
  source  BLOB    NOT NULL,
  last_ms INTEGER NOT NULL, -- of the last import
  PRIMARY KEY (project, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_sources_last ON import_sources (last_ms);

-- Rows that were submitted, so that importing the source again submits what is new.
CREATE TABLE source_rows (
  project    TEXT    NOT NULL,
  source     BLOB    NOT NULL,
  row_hash   BLOB    NOT NULL, -- of the row key
  content    BLOB    NOT NULL, -- digest of what the row says
  bulk_job   TEXT    NOT NULL,
  video_job  TEXT    NOT NULL, -- what was made of it last
  kind       INTEGER NOT NULL, -- what the row was for that bulk job
  removed_ms INTEGER,          -- since when the source does not have it
  PRIMARY KEY (project, source, row_hash)
) STRICT, WITHOUT ROWID;

-- Finds the rows of a video job that is deleted.
CREATE INDEX source_rows_job ON source_rows (video_job);

CREATE INDEX source_rows_removed ON source_rows (removed_ms) WHERE removed_ms IS NOT NULL;
