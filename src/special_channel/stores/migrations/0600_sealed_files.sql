-- The digest by which the private log names a file (ADR 46), with the salt of each verdict: requests
-- for a quarantined file are found by it and counted. It goes with the row, when the file is erased.
ALTER TABLE desk.file_scans ADD COLUMN file text NOT NULL GENERATED ALWAYS AS (
    encode(sha256(
        'special-channel/scanned-file/v1\012'::bytea || salt || decode(sha256, 'hex')), 'hex')
) STORED;
CREATE INDEX file_scans_file ON desk.file_scans (file);
