-- Each person's ways to be reached, in the order that she wants them; none: the node's own.
ALTER TABLE desk.officials ADD COLUMN channels text[] NOT NULL DEFAULT '{}';
