-- Where each process of this node tries every few seconds whether the database takes what it writes.
-- One row per process; no fact of the record.
CREATE TABLE work.probe (
    process text PRIMARY KEY,
    at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON work.probe TO :"node";
