-- What the API has made of the limits, and the history of all limits. See package book.

-- A limit, or with an override's name an override of the limit.
CREATE TABLE limit_rules (
  rule     text  NOT NULL,
  override text  NOT NULL, -- empty: the limit itself
  body     bytea NOT NULL, -- JSON
  PRIMARY KEY (rule, override)
);

-- Versions of the limits. The one with the highest number is in force.
CREATE TABLE limit_revisions (
  number      bigint PRIMARY KEY,
  create_ms   bigint NOT NULL,
  actor       bytea  NOT NULL, -- bytes, as the caller sent them
  description text   NOT NULL,
  digest      text   NOT NULL, -- of the file below what the API has made
  request_id  bytea  NOT NULL, -- empty: none
  request_sum text   NOT NULL,
  changes     bytea  NOT NULL  -- JSON
);
