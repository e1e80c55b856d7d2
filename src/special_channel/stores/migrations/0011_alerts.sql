-- Alerts by person and way: kept back until the office opens, repeated, listed together, sent
-- another way; what each came to; when escalation ran last.
ALTER TABLE work.outbox
    ADD COLUMN kind text NOT NULL DEFAULT 'step'
        CHECK (kind IN ('step', 'repeat', 'warning', 'digest', 'canary')),
    ADD COLUMN recipient text NOT NULL DEFAULT '',
    ADD COLUMN official bigint NOT NULL DEFAULT 0,      -- 0: a group, a program
    ADD COLUMN base text NOT NULL DEFAULT '',           -- the same alert on its first way
    ADD COLUMN urgent boolean NOT NULL DEFAULT false,
    ADD COLUMN repeat integer NOT NULL DEFAULT 0,
    ADD COLUMN not_before timestamptz,                  -- when the recipient's office opens
    ADD COLUMN failing timestamptz,                     -- since when this way fails
    ADD COLUMN closed timestamptz,
    ADD COLUMN digest text NOT NULL DEFAULT '';         -- the message that lists it

UPDATE work.outbox SET base = id, recipient = coalesce(document::jsonb ->> 'to', '');

ALTER TABLE work.outbox DROP CONSTRAINT outbox_state_check;
ALTER TABLE work.outbox ADD CONSTRAINT outbox_state_check CHECK (state IN ('waiting', 'sent',
    'refused', 'superseded', 'undeliverable', 'diverted', 'digested', 'acknowledged'));

CREATE INDEX outbox_turn ON work.outbox (recipient, channel, next_at, id)
    WHERE state = 'waiting';
CREATE INDEX outbox_left ON work.outbox (recipient, channel, closed) WHERE state = 'sent';
CREATE INDEX outbox_at ON work.outbox (at, id);
CREATE INDEX outbox_digest ON work.outbox (digest) WHERE digest <> '';
CREATE INDEX outbox_canary ON work.outbox (at) WHERE kind = 'canary';

-- When each task of escalation last did its work, in whichever process it runs.
CREATE TABLE work.pulse (
    task text PRIMARY KEY,
    at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON work.pulse TO :"node";
