-- Letters about the link itself: when entries are undelivered on either side, and when that is over.
ALTER TABLE work.outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE work.outbox ADD CONSTRAINT outbox_kind_check
    CHECK (kind IN ('step', 'repeat', 'warning', 'digest', 'canary', 'notice'));

-- Which of the two alarms people were told of and not yet that it is over.
CREATE TABLE work.occurrences (
    code text PRIMARY KEY,
    id text NOT NULL,
    since timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON work.occurrences TO :"node";

-- When the other side's node last said what is undelivered, so that silence is told from "nothing".
ALTER TABLE work.link_state ADD COLUMN peer_told timestamptz;
