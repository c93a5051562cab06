-- Who hears of events.
CREATE TABLE webhook_endpoints (
  project           text    COLLATE "C" NOT NULL,
  id                uuid    NOT NULL,
  url               text    COLLATE "C" NOT NULL,
  display_name      text    COLLATE "C" NOT NULL,
  types             integer NOT NULL,             -- bits of package notice; 0 is all
  state             smallint NOT NULL,            -- 1 enabled, 2 disabled
  reason            smallint NOT NULL,            -- why it is disabled
  secret            bytea   NOT NULL,
  previous          bytea,                        -- the secret before, which signs too until a time
  previous_until_ms bigint,
  failing_ms        bigint,                       -- since when nothing was taken
  create_ms         bigint  NOT NULL,
  update_ms         bigint  NOT NULL,
  PRIMARY KEY (project, id)
);

-- What is on its way to them, and for a while what was.
CREATE TABLE webhook_deliveries (
  project           text    COLLATE "C" NOT NULL,
  endpoint          uuid    NOT NULL,
  id                uuid    NOT NULL,             -- of the event: the same for all endpoints
  type              integer NOT NULL,
  body              bytea   NOT NULL,             -- JSON
  state             smallint NOT NULL,            -- 1 pending, 2 delivered, 3 failed
  attempts          integer NOT NULL,
  due_ms            bigint  NOT NULL,             -- not to be sent before; the end of the lease while there is one
  lease             text    COLLATE "C",
  tried_ms          bigint,
  status            integer NOT NULL,             -- of the last answer
  error             text    COLLATE "C" NOT NULL,
  create_ms         bigint  NOT NULL,
  end_ms            bigint,
  PRIMARY KEY (project, endpoint, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (project, endpoint, due_ms, id) WHERE state = 1;
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (project, endpoint, state, id);
-- What retention looks through, for all projects.
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (end_ms) WHERE end_ms IS NOT NULL;

ANALYZE webhook_endpoints, webhook_deliveries;
