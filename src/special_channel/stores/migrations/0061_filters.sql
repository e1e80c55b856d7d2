-- What an official looks for again and again, by the name that she gave it. Work, not a fact.
CREATE TABLE desk.filters (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    official  bigint NOT NULL REFERENCES desk.officials (id) ON DELETE CASCADE,
    name      text NOT NULL,
    query     text NOT NULL,
    at        timestamptz NOT NULL,
    UNIQUE (official, name)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON desk.filters TO :"node";
