-- Erasure in the private log: the same as in the shared logs, and `data` parts can go as well.

CREATE TABLE private.erased (
    idx bigint NOT NULL,
    ordinal smallint NOT NULL,
    erasure_idx bigint NOT NULL,
    PRIMARY KEY (idx, ordinal)
);
CREATE INDEX erased_by ON private.erased (erasure_idx);

-- A disclosure goes only if an erasure names it, and nothing comes later: nobody else has any.
CREATE FUNCTION private.part_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF (NEW.log, NEW.idx, NEW.ordinal) = (OLD.log, OLD.idx, OLD.ordinal)
        AND num_nonnulls(NEW.disclosure, NEW.file, NEW.file_length) = 0
        AND EXISTS (
            SELECT FROM private.erased AS e WHERE (e.idx, e.ordinal) = (OLD.idx, OLD.ordinal)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'UPDATE on private.parts refused: append-only'
        USING ERRCODE = 'insufficient_privilege';
END $$;

DROP TRIGGER append_only ON private.parts;
CREATE TRIGGER changes BEFORE UPDATE ON private.parts
    FOR EACH ROW EXECUTE FUNCTION private.part_changes();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON private.parts
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON private.erased
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();

-- File bytes that no disclosure describes any longer, and the digest by which they were known.
CREATE FUNCTION record.drop_files(named text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    dropped bigint[];
BEGIN
    WITH unnamed AS (
        DELETE FROM record.files AS f
        WHERE f.sha256 = ANY (named)
            AND NOT EXISTS (SELECT FROM record.parts AS p WHERE p.file = f.sha256)
            AND NOT EXISTS (SELECT FROM private.parts AS p WHERE p.file = f.sha256)
        RETURNING f.upload)
    SELECT array_agg(unnamed.upload) INTO dropped FROM unnamed;
    DELETE FROM record.uploads WHERE upload = ANY (dropped);
    DELETE FROM record.files_wanted AS w
    WHERE w.sha256 = ANY (named)
        AND NOT EXISTS (SELECT FROM record.parts AS p WHERE p.file = w.sha256);
    DELETE FROM record.files_received AS r
    WHERE r.sha256 = ANY (named)
        AND NOT EXISTS (SELECT FROM record.parts AS p WHERE p.file = r.sha256);
END $$;

-- As before, with the files by the function above.
CREATE OR REPLACE FUNCTION record.erase(order_log text, order_idx bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    payload jsonb := (
        SELECT record.payload(e.envelope) FROM record.entries AS e
        WHERE (e.log, e.idx, e.kind, e.code) = (order_log, order_idx, 'part.erased', ''));
    named text[];
    gone bigint;
BEGIN
    IF payload ->> 'kind' IS DISTINCT FROM 'part.erased' THEN
        RAISE EXCEPTION 'no part.erased stands at %-%', order_log, order_idx
            USING ERRCODE = 'SC001';
    END IF;
    INSERT INTO record.erased (log, idx, ordinal, erasure_log, erasure_idx)
    SELECT e.log, e.idx, o.ordinal::smallint, order_log, order_idx
    FROM record.entries AS e
    CROSS JOIN jsonb_array_elements_text(payload #> '{body,parts}') AS o (ordinal)
    WHERE e.id = payload ->> 'ref'
        AND substr(e.roles, o.ordinal::integer + 1, 1) IN ('s', 't', 'f')
    ON CONFLICT DO NOTHING;
    SELECT array_agg(DISTINCT p.file) INTO named
    FROM record.parts AS p JOIN record.erased AS e USING (log, idx, ordinal)
    WHERE (e.erasure_log, e.erasure_idx) = (order_log, order_idx) AND p.file IS NOT NULL;
    UPDATE record.parts AS p SET disclosure = NULL, file = NULL, file_length = NULL
    FROM record.erased AS e
    WHERE (p.log, p.idx, p.ordinal) = (e.log, e.idx, e.ordinal)
        AND (e.erasure_log, e.erasure_idx) = (order_log, order_idx)
        AND p.disclosure IS NOT NULL;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM record.drop_files(named);
    RETURN gone;
END $$;

-- Erase what the `private.erased` at this index names; a second call erases nothing more.
CREATE FUNCTION private.erase(order_idx bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    payload jsonb := (
        SELECT record.payload(e.envelope) FROM private.entries AS e
        WHERE (e.log, e.idx, e.kind) = ('private', order_idx, 'private.erased'));
    named text[];
    gone bigint;
BEGIN
    IF payload ->> 'kind' IS DISTINCT FROM 'private.erased' THEN
        RAISE EXCEPTION 'no private.erased stands at %', order_idx USING ERRCODE = 'SC001';
    END IF;
    INSERT INTO private.erased (idx, ordinal, erasure_idx)
    SELECT e.idx, o.ordinal::smallint, order_idx
    FROM private.entries AS e
    CROSS JOIN jsonb_array_elements_text(payload #> '{body,parts}') AS o (ordinal)
    WHERE e.id = payload ->> 'ref' AND o.ordinal::integer < length(e.roles)
    ON CONFLICT DO NOTHING;
    SELECT array_agg(DISTINCT p.file) INTO named
    FROM private.parts AS p JOIN private.erased AS e USING (idx, ordinal)
    WHERE e.erasure_idx = order_idx AND p.file IS NOT NULL;
    UPDATE private.parts AS p SET disclosure = NULL, file = NULL, file_length = NULL
    FROM private.erased AS e
    WHERE (p.idx, p.ordinal) = (e.idx, e.ordinal) AND e.erasure_idx = order_idx
        AND p.disclosure IS NOT NULL;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM record.drop_files(named);
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION record.drop_files(text[]), private.erase(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.erase(bigint) TO :"node";
GRANT SELECT ON private.erased TO :"node";

-- The planner keeps samples of what it reads; setting the type again drops those taken before.
ALTER TABLE private.columns_kept ALTER COLUMN doc TYPE jsonb, ALTER COLUMN doc SET STATISTICS 0;
ALTER TABLE private.kept_rows
    ALTER COLUMN columns TYPE jsonb, ALTER COLUMN columns SET STATISTICS 0;
ALTER TABLE desk.clearances ALTER COLUMN remark TYPE text, ALTER COLUMN remark SET STATISTICS 0;

-- Columns are found by the entry that keeps them, and are empty once its part is erased.
ALTER TABLE private.columns_kept ADD COLUMN id text GENERATED ALWAYS AS (doc ->> 'id') STORED;
CREATE INDEX columns_kept_id ON private.columns_kept (id);

CREATE OR REPLACE FUNCTION private.unroll_columns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM private.kept_rows AS k WHERE k.list = NEW.key;
    INSERT INTO private.kept_rows (list, idx, number, columns)
    SELECT NEW.key, NEW.idx, line ->> 'number', line -> 'columns'
    FROM jsonb_path_query(nullif(NEW.doc ->> 'data', '')::jsonb, '$.rows[*]') AS line
    WHERE line ->> 'number' <> '' AND jsonb_typeof(line -> 'columns') = 'object';
    RETURN NULL;
END $$;

-- What holds words, columns or files, to be found by who looks for what an order names.
CREATE INDEX entries_disclosed ON private.entries (idx) WHERE roles <> '';
