-- Counters of the rate limits. Times are milliseconds since 1970. Names begin with limit_, because the file may be
-- another service's too.

-- Who counts. One row.
CREATE TABLE limit_owner (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  name       TEXT    NOT NULL, -- empty: nobody, and the last one closed it cleanly
  fence      INTEGER NOT NULL, -- higher with each owner
  beat       INTEGER NOT NULL, -- higher with each write
  written_ms INTEGER NOT NULL  -- the last write, by the owner's wall clock
) STRICT;

INSERT INTO limit_owner (id, name, fence, beat, written_ms) VALUES (1, '', 0, 0, 0);

-- What is counted: counters and open reservations.
CREATE TABLE limit_rows (
  kind      INTEGER NOT NULL, -- see durable.Kind
  rule      BLOB    NOT NULL, -- bytes, as the caller sent them
  key       BLOB    NOT NULL,
  state     BLOB    NOT NULL, -- as package durable writes it
  expire_ms INTEGER NOT NULL, -- means nothing from then on
  PRIMARY KEY (kind, rule, key)
) STRICT, WITHOUT ROWID;
