-- How the link stands, told by the process that keeps it to the others of this node where they run
-- apart. One row; no fact of the record.
CREATE TABLE work.link_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    told timestamptz NOT NULL,
    down_since timestamptz,
    heard timestamptz,
    stopped text NOT NULL,
    waiting bigint NOT NULL,
    gap bigint,
    reminders_since timestamptz
);
GRANT SELECT, INSERT, UPDATE ON work.link_state TO :"node";
