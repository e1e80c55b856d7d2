-- What one side keeps about its own people: work, not facts. The link's role has no
-- rights here, and nothing of it is ever sent.
CREATE SCHEMA desk;

CREATE TABLE desk.officials (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL,
    role      text NOT NULL,
    unit      text NOT NULL,
    desk      text NOT NULL,
    email     text NOT NULL,
    language  text NOT NULL CHECK (language IN ('en', 'zh-CN'))
);

CREATE TABLE desk.official_keys (
    key       text PRIMARY KEY,
    official  bigint NOT NULL REFERENCES desk.officials
);

CREATE TABLE desk.invitations (
    code      bytea PRIMARY KEY,          -- SHA-256 of the one-time code
    official  bigint NOT NULL REFERENCES desk.officials,
    expires   timestamptz NOT NULL,
    used      boolean NOT NULL DEFAULT false
);

CREATE TABLE desk.enrolments (
    key       text PRIMARY KEY,
    official  bigint NOT NULL REFERENCES desk.officials,
    envelope  bytea NOT NULL,
    at        timestamptz NOT NULL,
    state     text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'confirmed', 'refused'))
);

CREATE TABLE desk.sessions (
    token     bytea PRIMARY KEY,          -- SHA-256 of the cookie's or bearer's value
    key       text NOT NULL,
    official  bigint,
    kind      text NOT NULL CHECK (kind IN ('browser', 'bearer')),
    expires   timestamptz NOT NULL
);

CREATE TABLE desk.challenges (
    nonce     text PRIMARY KEY,
    key       text NOT NULL,
    expires   timestamptz NOT NULL
);

CREATE TABLE desk.drafts (
    key       text NOT NULL,
    place     text NOT NULL,
    text      text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (key, place)
);

CREATE TABLE desk.clearances (
    id        text PRIMARY KEY,
    envelope  bytea NOT NULL,
    parts     bytea[] NOT NULL,
    by        text NOT NULL,
    at        timestamptz NOT NULL,
    state     text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'cleared', 'returned')),
    remark    text NOT NULL DEFAULT ''    -- to the author, of one that was sent back
);

CREATE TABLE desk.reads (
    key       text NOT NULL,
    thread    text NOT NULL,
    eu        bigint NOT NULL,            -- entries of each log below these indexes were shown
    cn        bigint NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (key, thread)
);

CREATE TABLE desk.mailbox (
    id        text PRIMARY KEY,
    recipient text NOT NULL,
    subject   text NOT NULL,
    text      text NOT NULL,
    at        timestamptz NOT NULL
);

REVOKE ALL ON SCHEMA desk FROM PUBLIC;
GRANT USAGE ON SCHEMA desk TO :"node";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA desk TO :"node";
