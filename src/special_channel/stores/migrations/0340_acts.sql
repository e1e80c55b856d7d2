-- Acts on persons, keys and machines that wait for a second person's signature, and what became of them. The true
-- reason of a stop stays here and in the private log; no row is ever sent. Rows stay, so that each side's journal and
-- the hourly limit (rules.md, K8) can be read from them.
CREATE TABLE desk.acts (
    id        text PRIMARY KEY,           -- id of the entry that the act becomes
    kind      text NOT NULL,
    person    text NOT NULL DEFAULT '',   -- pseudonym of the person acted on
    key       text NOT NULL DEFAULT '',   -- key acted on
    envelope  bytea NOT NULL,             -- with all signatures so far
    parts     bytea[] NOT NULL DEFAULT '{}',
    reason    text NOT NULL DEFAULT '',   -- a word of the side's own list
    by        text NOT NULL,              -- key that signed first
    at        timestamptz NOT NULL,
    expires   timestamptz NOT NULL,
    state     text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'done', 'refused', 'withdrawn', 'lapsed')),
    closed    timestamptz,
    closed_by text NOT NULL DEFAULT ''    -- key of the last signer, or of who refused or took back
);
CREATE INDEX acts_state ON desk.acts (state, at);
CREATE INDEX acts_at ON desk.acts (at);
GRANT SELECT, INSERT, UPDATE ON desk.acts TO :"node";
