-- The page of a key lists every entry that it signed, shared and private, newest first, and My keys
-- counts them: found by the author without reading the log, and by further signers, whom few
-- entries have.

CREATE INDEX entries_author ON record.entries (author, log, idx);
CREATE INDEX entries_author ON private.entries (author, idx);
CREATE INDEX entries_others ON record.entries USING gin (others) WHERE others <> '{}';
CREATE INDEX entries_others ON private.entries USING gin (others) WHERE others <> '{}';
