-- What overseers and services may read, why and until when: a view of the private log, asked for
-- with each of their requests. Unlike the entries it is found by person or key. `rebuild` fills it.
CREATE TABLE private.access (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    person text NOT NULL, holder text NOT NULL, idx bigint NOT NULL, ended bigint
);
CREATE INDEX access_person ON private.access (person) WHERE person <> '' AND ended IS NULL;
CREATE INDEX access_holder ON private.access (holder) WHERE holder <> '' AND ended IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON private.access TO :"node";

-- Grants that an overseer has signed and a second one has not yet.
CREATE TABLE desk.access_waiting (
    id        text PRIMARY KEY,           -- of the entry
    envelope  bytea NOT NULL,
    by        text NOT NULL,
    at        timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.access_waiting TO :"node";
