-- Names of active content in a file, by the look with this number (scanners/active.py). Our side's
-- alone, as desk.file_scans is.
CREATE TABLE desk.file_contents (
    sha256 text PRIMARY KEY,
    look smallint NOT NULL,
    active text[] NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.file_contents TO :"node";
