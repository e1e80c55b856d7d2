-- The reference that our side's records office gave a thread (文号), with each change. Our side's
-- alone: the link's role has no right on this schema.
CREATE TABLE private.file_references (
    thread    text NOT NULL,
    n         integer NOT NULL,
    reference text NOT NULL CHECK (char_length(reference) <= 100),  -- empty: removed
    person    text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (thread, n)
);
GRANT SELECT, INSERT ON private.file_references TO :"node";

CREATE TRIGGER searched_insert AFTER INSERT ON private.file_references REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.search_changed_rows('reference', 'thread');

CREATE OR REPLACE FUNCTION private.search_everything() RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
    INSERT INTO private.search_waits (source, key)
    SELECT log, idx::text FROM record.parts UNION SELECT log, idx::text FROM private.parts
    UNION SELECT 'application', key FROM record.applications
    UNION SELECT 'licence', key FROM record.licences
    UNION SELECT 'batch', key FROM record.batches
    UNION SELECT 'reference', thread FROM private.file_references
    ON CONFLICT DO NOTHING
$$;
