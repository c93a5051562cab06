-- Video jobs of a page that wait alike are one row of the queue, a block, until something happens to them.
ALTER TABLE queue ADD COLUMN waiting INTEGER; -- of a block: a bit for each video job of the page that waits in it

CREATE INDEX queue_blocks ON queue (project, bulk_job, last_on_page, id) WHERE waiting IS NOT NULL;

-- The highest id on this page and all before; of pages that are older than blocks it is below all ids.
ALTER TABLE pages ADD COLUMN top_id TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';

-- Finds the page of a video job that is in a block.
CREATE INDEX pages_top ON pages (project, bulk_job, top_id, last_position);

-- With all that a search reads, so that the rows themselves are not read.
DROP INDEX queue_ready;
DROP INDEX queue_lanes;
CREATE INDEX queue_ready ON queue (provider, sort_key, id, last_on_page, waiting) WHERE held = 0 AND due_ms = 0;
CREATE INDEX queue_lanes ON queue (provider, project, user_id, sort_key, id, last_on_page, waiting) WHERE held = 0 AND due_ms = 0;
