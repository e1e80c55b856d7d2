-- What escalation has to do: work, not facts. The link's role has no rights here. All of it but
-- the alerts under way can be made again from the record.
CREATE SCHEMA work;
REVOKE ALL ON SCHEMA work FROM PUBLIC;
GRANT USAGE ON SCHEMA work TO :"node";

-- When to look at which ask again. Redis holds the same times and may forget them.
CREATE TABLE work.looks (
    note text NOT NULL,
    q text NOT NULL,
    at timestamptz NOT NULL,
    generation bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('armed', 'waiting', 'stuck')),
    undelivered boolean NOT NULL DEFAULT false,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (note, q)
);
CREATE INDEX looks_at ON work.looks (at, note, q) WHERE state = 'armed';

-- Alerts to own people, kept after they left so that an id is never used for another.
CREATE TABLE work.outbox (
    id text PRIMARY KEY,
    note text NOT NULL,
    q text NOT NULL,
    due text NOT NULL,
    step integer NOT NULL,
    channel text NOT NULL,
    document text NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sent', 'refused', 'superseded', 'undeliverable')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    lease timestamptz,
    error text NOT NULL DEFAULT '',
    provider text NOT NULL DEFAULT ''
);
CREATE INDEX outbox_waiting ON work.outbox (next_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_ask ON work.outbox (note, q, due, step, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON work.looks TO :"node";
GRANT SELECT, INSERT, UPDATE ON work.outbox TO :"node";
