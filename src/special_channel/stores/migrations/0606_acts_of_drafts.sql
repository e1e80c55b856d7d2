-- Drafts that one act sent for release are released together, in their order: a thread before its
-- note. `act` is the id of the first of them, empty for a draft of its own.
ALTER TABLE desk.clearances ADD COLUMN act text NOT NULL DEFAULT '';
ALTER TABLE desk.clearances ADD COLUMN place integer NOT NULL DEFAULT 0;
