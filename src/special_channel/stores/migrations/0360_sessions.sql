-- A person sees the own sessions and ends them one by one: each has a number, which is no secret, a
-- time, a last use and the client's address. `opened` is null in sessions of before, which last
-- hours. A session that ended is kept for some weeks: after a theft its person and the registrars
-- ask when and from where the key was used. A label says which computer a key is on; it stays home.
ALTER TABLE desk.sessions
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN opened timestamptz,
    ADD COLUMN seen timestamptz,
    ADD COLUMN address text NOT NULL DEFAULT '';
CREATE INDEX sessions_key ON desk.sessions (key);
ALTER TABLE desk.official_keys ADD COLUMN label text NOT NULL DEFAULT '';

CREATE TABLE desk.past_sessions (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key       text NOT NULL,
    official  bigint,
    kind      text NOT NULL,
    opened    timestamptz,
    seen      timestamptz,
    ended     timestamptz NOT NULL,
    address   text NOT NULL,
    cause     text NOT NULL
);
CREATE INDEX past_sessions_key ON desk.past_sessions (key, ended);
CREATE INDEX past_sessions_ended ON desk.past_sessions (ended);
GRANT SELECT, INSERT, DELETE ON desk.past_sessions TO :"node";
