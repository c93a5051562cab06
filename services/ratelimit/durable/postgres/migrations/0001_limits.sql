-- Counters of the rate limits. Times are milliseconds since 1970. Names begin with limit_, because the schema may be
-- another service's too.

-- Who counts. One row.
CREATE TABLE limit_owner (
  id         smallint PRIMARY KEY CHECK (id = 1),
  name       text     NOT NULL, -- empty: nobody, and the last one closed it cleanly
  fence      bigint   NOT NULL, -- higher with each owner
  beat       bigint   NOT NULL, -- higher with each write
  written_ms bigint   NOT NULL  -- the last write, by the owner's wall clock
) WITH (fillfactor = 10);

INSERT INTO limit_owner (id, name, fence, beat, written_ms) VALUES (1, '', 0, 0, 0);

-- What is counted: counters and open reservations. Rows are written again and again and no index but the key's knows
-- what changes, so room in their page lets PostgreSQL update them in place (HOT). Keys are bytes: a caller's text may
-- hold what no text column takes, and they are compared by bytes.
CREATE TABLE limit_rows (
  kind      smallint NOT NULL, -- see durable.Kind
  rule      bytea    NOT NULL,
  key       bytea    NOT NULL,
  state     bytea    NOT NULL, -- as package durable writes it
  expire_ms bigint   NOT NULL, -- means nothing from then on
  PRIMARY KEY (kind, rule, key)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
