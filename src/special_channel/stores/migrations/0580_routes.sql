-- Drafts on a sign-off route: a view of the private log, looked up by draft. `rebuild` fills it.
CREATE TABLE private.routes (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON private.routes TO :"node";
