-- Reasons of authors for findings: a view of the private log, looked up by the id of the entry that
-- they are about. The reasons and words stand in the log alone. `rebuild` fills it.
CREATE TABLE private.confirmations (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL, about text NOT NULL
);
CREATE INDEX confirmations_about ON private.confirmations (about);
GRANT SELECT, INSERT, UPDATE, DELETE ON private.confirmations TO :"node";
