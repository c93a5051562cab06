-- What the API has made of the limits, and the history of all limits. See package book.

-- A limit, or with an override's name an override of the limit.
CREATE TABLE limit_rules (
  rule     TEXT NOT NULL,
  override TEXT NOT NULL, -- empty: the limit itself
  body     BLOB NOT NULL, -- JSON
  PRIMARY KEY (rule, override)
) STRICT, WITHOUT ROWID;

-- Versions of the limits. The one with the highest number is in force.
CREATE TABLE limit_revisions (
  number      INTEGER PRIMARY KEY,
  create_ms   INTEGER NOT NULL,
  actor       BLOB NOT NULL, -- bytes, as the caller sent them
  description TEXT NOT NULL,
  digest      TEXT NOT NULL, -- of the file below what the API has made
  request_id  BLOB NOT NULL, -- empty: none
  request_sum TEXT NOT NULL,
  changes     BLOB NOT NULL  -- JSON
) STRICT;
