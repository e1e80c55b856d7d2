-- What one client may leave behind: sign-in challenges by address, files by official.

-- From where a challenge was asked for. The row lives two minutes (desk/session_keeper.py).
ALTER TABLE desk.challenges ADD COLUMN client text NOT NULL DEFAULT '';
CREATE INDEX challenges_client ON desk.challenges (client);

-- Who uploaded which file when, to count the bytes of those that no entry names.
CREATE TABLE desk.uploads (
    key text NOT NULL,
    sha256 text NOT NULL,
    length bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (key, sha256)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.uploads TO :"node";
