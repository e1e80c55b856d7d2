-- Full-text search (core/search, stores/search.py, ADR 50). In the private schema, on which the link's
-- role has no right: internal notes and our side's columns are searched as well.

-- Without stop words: "not accepted" is searched for as typed.
CREATE TEXT SEARCH DICTIONARY private.search_english (TEMPLATE = pg_catalog.snowball, LANGUAGE = english);

-- What the index lacks. `source` is an entry's log, `application`, `licence` or `batch`; `key` the
-- entry's index, the number or the batch. Written with the change itself, by whatever role.
CREATE TABLE private.search_waits (
    source text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, PRIMARY KEY (source, key)
);

-- `words` of a very long text is empty (`cut`): `folded` has its numbers and stems at the end.
CREATE TABLE private.searchable (
    source text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
    kind text NOT NULL, thread text NOT NULL, author text NOT NULL, party text NOT NULL,
    at text COLLATE "C" NOT NULL,
    words tsvector NOT NULL, folded text NOT NULL, cut boolean NOT NULL,
    PRIMARY KEY (source, key)
);
-- Without a list of new rows, which each search would read from its beginning.
CREATE INDEX searchable_words ON private.searchable USING gin (words) WITH (fastupdate = off);
CREATE INDEX searchable_order ON private.searchable (at, source, key);
CREATE INDEX searchable_cut ON private.searchable (source) WHERE cut;
-- The planner keeps samples of other columns, which would outlive an erasure.
ALTER TABLE private.searchable
    ALTER COLUMN words SET STATISTICS 0, ALTER COLUMN folded SET STATISTICS 0;

-- Queue what a statement wrote, and drop what the index has of it, if the text may have gone.
-- `ON CONFLICT DO UPDATE` waits for the task that indexes the same text at the moment: it may have
-- read what is erased here, and what it wrote is deleted after it.
CREATE FUNCTION private.search_again(sources text[], keys text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO private.search_waits (source, key)
    SELECT DISTINCT c.source, c.key FROM unnest(sources, keys) AS c (source, key) ORDER BY 1, 2
    ON CONFLICT (source, key) DO UPDATE SET key = excluded.key;
    DELETE FROM private.searchable AS s USING unnest(sources, keys) AS c (source, key)
    WHERE s.source = c.source AND s.key = c.key;
END $$;
REVOKE ALL ON FUNCTION private.search_again(text[], text[]) FROM PUBLIC;

CREATE FUNCTION private.search_new_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO private.search_waits (source, key)
    SELECT DISTINCT c.log, c.idx::text FROM changed AS c
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION private.search_changed_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM private.search_again(array_agg(c.log), array_agg(c.idx::text)) FROM changed AS c
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- Rows of applications, licences, lists: the key in the column that the trigger names.
CREATE FUNCTION private.search_changed_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('SELECT private.search_again(array_agg(%L::text), array_agg(c.%I)) FROM changed AS c'
        ' HAVING count(*) > 0', TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION private.search_new_parts(), private.search_changed_parts(),
    private.search_changed_rows() FROM PUBLIC;

DO $$
DECLARE
    place record;
    act text;
BEGIN
    FOR place IN SELECT * FROM (VALUES ('record'), ('private')) AS p (schema) LOOP
        EXECUTE format('CREATE TRIGGER searched_new AFTER INSERT ON %I.parts'
            ' REFERENCING NEW TABLE AS changed FOR EACH STATEMENT'
            ' EXECUTE FUNCTION private.search_new_parts()', place.schema);
        EXECUTE format('CREATE TRIGGER searched_changed AFTER UPDATE ON %I.parts'
            ' REFERENCING NEW TABLE AS changed FOR EACH STATEMENT'
            ' EXECUTE FUNCTION private.search_changed_parts()', place.schema);
    END LOOP;
    FOR place IN SELECT * FROM (VALUES
        ('record.applications', 'application', 'key'), ('record.listings', 'application', 'number'),
        ('private.kept_rows', 'application', 'number'), ('record.licences', 'licence', 'key'),
        ('record.batches', 'batch', 'key')) AS p (relation, source, key) LOOP
        FOREACH act IN ARRAY ARRAY['INSERT', 'DELETE'] LOOP
            EXECUTE format('CREATE TRIGGER searched_%s AFTER %s ON %s REFERENCING %s TABLE AS changed'
                ' FOR EACH STATEMENT EXECUTE FUNCTION private.search_changed_rows(%L, %L)',
                lower(act), act, place.relation, CASE act WHEN 'INSERT' THEN 'NEW' ELSE 'OLD' END,
                place.source, place.key);
        END LOOP;
    END LOOP;
END $$;
-- A licence that is stated again has other codes and names.
CREATE TRIGGER searched_update AFTER UPDATE ON record.licences REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.search_changed_rows('licence', 'key');

-- Everything again: after an update that folds texts otherwise, and for `rebuild`.
CREATE FUNCTION private.search_everything() RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
    INSERT INTO private.search_waits (source, key)
    SELECT log, idx::text FROM record.parts UNION SELECT log, idx::text FROM private.parts
    UNION SELECT 'application', key FROM record.applications
    UNION SELECT 'licence', key FROM record.licences
    UNION SELECT 'batch', key FROM record.batches
    ON CONFLICT DO NOTHING
$$;
REVOKE ALL ON FUNCTION private.search_everything() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.search_everything() TO :"node";
SELECT private.search_everything();

GRANT SELECT, INSERT, UPDATE, DELETE ON private.searchable, private.search_waits TO :"node";
