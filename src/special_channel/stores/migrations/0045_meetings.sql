-- Meetings, their points, and both sides' marks: views of both logs.
CREATE TABLE record.meetings (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    party text NOT NULL, idx bigint NOT NULL, held text NOT NULL, level text NOT NULL,
    points bigint NOT NULL
);
CREATE UNIQUE INDEX meetings_number ON record.meetings (party, idx);
CREATE INDEX meetings_held ON record.meetings (held DESC, party, idx);

CREATE TABLE record.points (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    meeting text NOT NULL, number bigint NOT NULL, kind text NOT NULL, who text NOT NULL,
    standing text NOT NULL
);
CREATE INDEX points_meeting ON record.points (meeting, number);

GRANT SELECT, INSERT, UPDATE ON record.meetings, record.points TO :"node", :"link";
GRANT DELETE ON record.meetings, record.points TO :"node";
