-- Texts of files for full-text search (desk/text_job.py, ADR 54). In the private schema: the link's role
-- reads neither the texts nor the index.

-- By which version of the reader a file was read; 0: it waits, for the reader or for a verdict.
ALTER TABLE desk.file_contents ADD COLUMN text smallint NOT NULL DEFAULT 0;
CREATE INDEX file_contents_unread ON desk.file_contents (sha256) WHERE text = 0;

-- A file without a row has no text, was not read yet, or is closed. `whole` is false if only a
-- beginning was read.
CREATE TABLE private.file_texts (
    sha256 text COLLATE "C" PRIMARY KEY, paragraphs text[] NOT NULL, whole boolean NOT NULL
);
-- The planner keeps samples of other columns, which would outlive an erasure.
ALTER TABLE private.file_texts ALTER COLUMN paragraphs SET STATISTICS 0;
GRANT SELECT, INSERT, UPDATE, DELETE ON private.file_texts TO :"node";

-- A file in an entry is a text of its own: its key is the entry's log and index, and the part.
CREATE FUNCTION private.search_changed_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM private.search_again(array_agg('file'::text), array_agg(p.key))
    FROM changed AS c JOIN (
        SELECT file, concat_ws('-', log, idx, ordinal) AS key FROM record.parts
        UNION ALL SELECT file, concat_ws('-', log, idx, ordinal) FROM private.parts
    ) AS p ON p.file = c.sha256
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION private.search_changed_files() FROM PUBLIC;
CREATE TRIGGER searched_insert AFTER INSERT ON private.file_texts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.search_changed_files();
CREATE TRIGGER searched_update AFTER UPDATE ON private.file_texts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.search_changed_files();
CREATE TRIGGER searched_delete AFTER DELETE ON private.file_texts REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.search_changed_files();

-- As before, with the files of new entries: a file may have been read for an earlier one.
CREATE OR REPLACE FUNCTION private.search_new_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO private.search_waits (source, key)
    SELECT DISTINCT c.log, c.idx::text FROM changed AS c
    UNION ALL
    SELECT 'file', concat_ws('-', c.log, c.idx, c.ordinal) FROM changed AS c WHERE c.file IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- As before, with files: an erased part no longer says that it was one.
CREATE OR REPLACE FUNCTION private.search_changed_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM private.search_again(array_agg(p.source), array_agg(p.key)) FROM (
        SELECT log AS source, idx::text AS key FROM changed
        UNION ALL SELECT 'file', concat_ws('-', log, idx, ordinal) FROM changed) AS p
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- The text goes with the file, in the same transaction.
CREATE OR REPLACE FUNCTION desk.follow_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM desk.file_contents WHERE sha256 = OLD.sha256;
        DELETE FROM private.file_texts WHERE sha256 = OLD.sha256;
    ELSE
        INSERT INTO desk.file_contents (sha256, look, active) VALUES (NEW.sha256, 0, '{}')
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

-- A find closes the text with the file. The row of contents is locked first, as by the task that
-- stores a text: whichever comes second sees the other.
CREATE FUNCTION desk.close_found() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE desk.file_contents SET text = 0 WHERE sha256 = NEW.sha256;
    DELETE FROM private.file_texts WHERE sha256 = NEW.sha256;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION desk.close_found() FROM PUBLIC;
CREATE TRIGGER close_found AFTER INSERT ON desk.file_scans
    FOR EACH ROW WHEN (NEW.found) EXECUTE FUNCTION desk.close_found();

CREATE OR REPLACE FUNCTION private.search_everything() RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
    INSERT INTO private.search_waits (source, key)
    SELECT log, idx::text FROM record.parts UNION SELECT log, idx::text FROM private.parts
    UNION SELECT 'application', key FROM record.applications
    UNION SELECT 'licence', key FROM record.licences
    UNION SELECT 'batch', key FROM record.batches
    UNION SELECT 'reference', thread FROM private.file_references
    UNION SELECT 'file', concat_ws('-', log, idx, ordinal) FROM record.parts WHERE file IS NOT NULL
    UNION SELECT 'file', concat_ws('-', log, idx, ordinal) FROM private.parts WHERE file IS NOT NULL
    ON CONFLICT DO NOTHING
$$;
