-- Calendar addresses that officials made for their own calendars: work, not facts. The token
-- itself is not kept; who reads the table reads nobody's dates. The link has no rights here.
CREATE TABLE desk.feeds (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token     bytea NOT NULL UNIQUE,      -- SHA-256 of the address's last part
    official  bigint NOT NULL REFERENCES desk.officials,
    key       text NOT NULL,
    scope     text NOT NULL CHECK (scope IN ('desk', 'side')),
    made      timestamptz NOT NULL,
    used      timestamptz
);
CREATE INDEX feeds_official ON desk.feeds (official, id DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON desk.feeds TO :"node";
