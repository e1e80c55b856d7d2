-- What the node would have stated in the private log while that log was behind its guard and took
-- nothing. Written there, marked late, once the loss is accepted; then the row goes. `key` is that
-- of the step of the ladder that an `escalation.raised` takes.
CREATE TABLE work.owed (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    body text NOT NULL,
    at text NOT NULL,
    key text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX owed_key ON work.owed (key) WHERE key <> '';
GRANT SELECT, INSERT, DELETE ON work.owed TO :"node";
