-- Verdicts of our side's virus scanners on files. Neither table is the link's to read.

-- A row for each first or changed verdict of a scanner on a file; the row with the highest id holds.
-- The same verdict again renews engine, signatures and `seen`. `salt` is in the private log's digest
-- of the file, so that nobody recognises an erased one. `taken`: when somebody looked into a find.
CREATE TABLE desk.file_scans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 text NOT NULL,
    scanner text NOT NULL,
    found boolean NOT NULL,
    threat text NOT NULL,
    engine text NOT NULL,
    signatures text NOT NULL,
    dated date,
    at timestamptz NOT NULL,
    seen timestamptz NOT NULL,
    salt bytea NOT NULL,
    sealed text,
    taken timestamptz,
    taken_by text NOT NULL DEFAULT ''
);
CREATE INDEX file_scans_last ON desk.file_scans (sha256, scanner, id DESC);
CREATE INDEX file_scans_unsealed ON desk.file_scans (id) WHERE sealed IS NULL;
CREATE INDEX file_scans_found ON desk.file_scans (sha256) WHERE found;
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.file_scans TO :"node";

-- Files that a scanner failed to judge: how often in a row, and when the node tries again.
CREATE TABLE desk.file_tries (
    sha256 text PRIMARY KEY,
    tries integer NOT NULL,
    next timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.file_tries TO :"node";
