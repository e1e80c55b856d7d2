-- The page of a key lists every entry that it signed, shared and private, newest first: found by the
-- author without reading the log.

CREATE INDEX entries_author ON record.entries (author, idx);
CREATE INDEX entries_author ON private.entries (author, idx);
