-- Which keys of checkpoints and cosignatures each running process of this node has, told by the
-- process with a lease. A key takes the place of another one only once every process has it, or
-- one of them could sign nothing afterwards (docs/rules.md, K31). No facts of the record.
CREATE TABLE work.key_holders (
    process text PRIMARY KEY,
    keys text[] NOT NULL,
    told timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON work.key_holders TO :"node";
