-- Requests for quarantined files: a view of the private log, looked up by the file's digest in
-- `files.scanned`. `rebuild` fills it.
CREATE TABLE private.quarantine (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL, file text NOT NULL
);
CREATE INDEX quarantine_file ON private.quarantine (file);
GRANT SELECT, INSERT, UPDATE, DELETE ON private.quarantine TO :"node";
