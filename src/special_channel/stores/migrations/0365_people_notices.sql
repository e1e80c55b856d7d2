-- Acts on people are told to our registrars, heads, directors and overseers. `work.people_acts` says
-- which acts were seen and told, so that no restart and no second process tells one twice; `next` in
-- `work.people_seen` is the first entry of a log that was not looked at yet. An alarm stays until
-- somebody has taken it who is not the author of the act.
CREATE TABLE work.people_seen (
    log       text PRIMARY KEY,
    next      bigint NOT NULL
);

CREATE TABLE work.people_acts (
    idx       bigint PRIMARY KEY,
    line      text NOT NULL,              -- the line of the letter, as JSON
    person    text NOT NULL,              -- pseudonym of whom it is about; empty for machines
    counted   boolean NOT NULL,           -- whether it stops or empowers a person
    at        timestamptz NOT NULL,
    told      timestamptz
);
CREATE INDEX people_acts_at ON work.people_acts (at);

CREATE TABLE work.people_alarms (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code      text NOT NULL,
    log       text NOT NULL,
    idx       bigint NOT NULL,
    author    text NOT NULL,              -- pseudonym of the author; empty for machines and the root
    at        timestamptz NOT NULL,
    taken     timestamptz,
    taken_by  text NOT NULL DEFAULT '',
    UNIQUE (code, log, idx)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON work.people_seen, work.people_acts, work.people_alarms
    TO :"node";
