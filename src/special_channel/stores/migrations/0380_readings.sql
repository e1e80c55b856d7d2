-- Each reading of the record leaves a row before its answer, so that after a theft the side can tell
-- what was opened with the stolen key. Once a minute the node seals new rows in the private log;
-- `sealed` is the entry that holds a row. The table of how far an official has read a thread gives
-- up its name: it is a bookmark, and says nothing of when something was read.
ALTER TABLE desk.reads RENAME TO read_marks;
ALTER INDEX desk.reads_pkey RENAME TO read_marks_pkey;

CREATE TABLE desk.reads (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person    text NOT NULL,
    key       text NOT NULL,
    session   bytea NOT NULL,             -- SHA-256 of the session's token, or of a feed's
    way       text NOT NULL CHECK (way IN ('page', 'api', 'feed')),
    what      text NOT NULL,              -- kind of page, file or list
    subject   text NOT NULL,              -- number, digest or scope from the address; empty for a list
    eu        bigint NOT NULL,            -- sizes of both logs at the time
    cn        bigint NOT NULL,
    at        timestamptz NOT NULL,
    sealed    text                        -- id of the private entry; NULL until sealed
);
CREATE INDEX reads_unsealed ON desk.reads (id) WHERE sealed IS NULL;
CREATE INDEX reads_person ON desk.reads (person, at);
CREATE INDEX reads_at ON desk.reads (at);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.reads TO :"node";
