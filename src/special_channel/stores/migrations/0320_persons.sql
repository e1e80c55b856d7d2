-- Persons of the directory with their grants, and reviews of entries in doubt: views of the shared
-- logs like the others. Assignments name a person, no longer a key.

CREATE TABLE record.persons (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    party text NOT NULL, number bigint NOT NULL
);
CREATE INDEX persons_number ON record.persons (party, number);

CREATE TABLE record.reviews (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    party text NOT NULL, idx bigint NOT NULL
);

ALTER TABLE record.keys ADD COLUMN person text NOT NULL DEFAULT '';
CREATE INDEX keys_person ON record.keys (person) WHERE person <> '';

GRANT SELECT, INSERT, UPDATE ON record.persons, record.reviews TO :"node", :"link";
GRANT DELETE ON record.persons, record.reviews TO :"node";

CREATE TRIGGER moves_digest AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON record.persons
    FOR EACH STATEMENT EXECUTE FUNCTION record.view_changes();
CREATE TRIGGER moves_digest AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON record.reviews
    FOR EACH STATEMENT EXECUTE FUNCTION record.view_changes();
