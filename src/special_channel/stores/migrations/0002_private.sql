-- The private log and its rows: the same tables as the shared logs', in a schema on which the
-- link's role has no right.

CREATE SCHEMA private;
REVOKE ALL ON SCHEMA private FROM PUBLIC;
GRANT USAGE ON SCHEMA private TO :"node";

CREATE TABLE private.heads (LIKE record.heads INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE private.entries (LIKE record.entries INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE private.parts (LIKE record.parts INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE private.nodes (LIKE record.nodes INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE private.checkpoints (LIKE record.checkpoints INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE private.cosigned (LIKE record.cosigned INCLUDING DEFAULTS INCLUDING INDEXES);

-- Each log lies in one schema.
ALTER TABLE record.heads ADD CONSTRAINT shared CHECK (log IN ('eu', 'cn'));
ALTER TABLE record.entries ADD CONSTRAINT shared CHECK (log IN ('eu', 'cn'));
ALTER TABLE record.parts ADD CONSTRAINT shared CHECK (log IN ('eu', 'cn'));
ALTER TABLE record.nodes ADD CONSTRAINT shared CHECK (log IN ('eu', 'cn'));
ALTER TABLE private.heads ADD CONSTRAINT private CHECK (log = 'private');
ALTER TABLE private.entries ADD CONSTRAINT private CHECK (log = 'private');
ALTER TABLE private.parts ADD CONSTRAINT private CHECK (log = 'private');
ALTER TABLE private.nodes ADD CONSTRAINT private CHECK (log = 'private');

CREATE TABLE private.escalations (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    note text NOT NULL, q integer NOT NULL, due text NOT NULL, step integer NOT NULL,
    idx bigint NOT NULL, id text NOT NULL, acknowledged boolean NOT NULL
);
CREATE INDEX escalations_id ON private.escalations (id);
CREATE INDEX escalations_ask ON private.escalations (note, q, due, step);

CREATE TABLE private.assignments (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    official text NOT NULL, idx bigint NOT NULL
);
CREATE INDEX assignments_official ON private.assignments (official) WHERE official <> '';

CREATE TABLE private.columns_kept (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    idx bigint NOT NULL
);

CREATE TRIGGER moves_on BEFORE UPDATE ON private.heads
    FOR EACH ROW EXECUTE FUNCTION record.head_moves_on();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON private.heads
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON private.entries
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON private.parts
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON private.nodes
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON private.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON private.cosigned
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();

INSERT INTO private.heads (log) VALUES ('private');

GRANT SELECT, UPDATE ON private.heads TO :"node";
GRANT SELECT, INSERT ON private.entries, private.parts, private.nodes, private.checkpoints,
    private.cosigned TO :"node";
GRANT SELECT, INSERT, UPDATE, DELETE ON private.escalations, private.assignments,
    private.columns_kept TO :"node";
