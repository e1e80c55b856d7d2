-- Attachment bytes, and the two changes that tier 2 of a log allows: erasure, and the arrival of
-- what was still to come.

-- An upload is invisible until a row of `files` names it. `begun` is the database's clock and
-- serves only to sweep what nobody finished.
CREATE TABLE record.uploads (
    upload bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    begun timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE record.file_chunks (
    upload bigint NOT NULL REFERENCES record.uploads ON DELETE CASCADE,
    ordinal integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (upload, ordinal)
);
ALTER TABLE record.file_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE record.files (
    sha256 text PRIMARY KEY,
    length bigint NOT NULL,
    type text NOT NULL,
    upload bigint NOT NULL UNIQUE REFERENCES record.uploads
);
-- Files that mirrored entries named before they were here. A hint: `missing` looks again.
CREATE TABLE record.files_wanted (
    sha256 text PRIMARY KEY,
    length bigint NOT NULL
);

CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON record.files
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON record.file_chunks
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();

GRANT SELECT, INSERT ON record.files, record.file_chunks TO :"node", :"link";
GRANT SELECT, INSERT, DELETE ON record.uploads, record.files_wanted TO :"node", :"link";

-- A file that the private log alone names is not the link's to read: the digest does not help it.
ALTER TABLE record.files ENABLE ROW LEVEL SECURITY;
ALTER TABLE record.file_chunks ENABLE ROW LEVEL SECURITY;
CREATE POLICY node_all ON record.files TO :"node" USING (true) WITH CHECK (true);
CREATE POLICY node_all ON record.file_chunks TO :"node" USING (true) WITH CHECK (true);
CREATE POLICY link_reads ON record.files FOR SELECT TO :"link" USING (
    EXISTS (SELECT FROM record.parts AS p WHERE p.file = sha256));
CREATE POLICY link_adds ON record.files FOR INSERT TO :"link" WITH CHECK (
    EXISTS (SELECT FROM record.parts AS p WHERE p.file = sha256));
CREATE POLICY link_reads ON record.file_chunks FOR SELECT TO :"link" USING (
    EXISTS (SELECT FROM record.files AS f WHERE f.upload = file_chunks.upload));
CREATE POLICY link_adds ON record.file_chunks FOR INSERT TO :"link" WITH CHECK (true);

-- Erase what the `part.erased` at this place names. Returns how many disclosures went now; a
-- second call erases nothing more. File bytes go when no disclosure describes them any longer.
CREATE FUNCTION record.erase(order_log text, order_idx bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    payload jsonb := (
        SELECT record.payload(e.envelope) FROM record.entries AS e
        WHERE (e.log, e.idx, e.kind, e.code) = (order_log, order_idx, 'part.erased', ''));
    named text[];
    dropped bigint[];
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
    RETURN gone;
END $$;
CREATE INDEX erased_by ON record.erased (erasure_log, erasure_idx);

-- Take in a disclosure that was still to come; the trigger on `parts` compares the commitment.
CREATE FUNCTION record.fill_part(
    at_log text, at_idx bigint, at_ordinal smallint, bytes bytea, of_file text, of_length bigint
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE record.parts SET disclosure = bytes, file = of_file, file_length = of_length
    WHERE (log, idx, ordinal) = (at_log, at_idx, at_ordinal) AND disclosure IS NULL
        AND NOT EXISTS (
            SELECT FROM record.erased AS e
            WHERE (e.log, e.idx, e.ordinal) = (at_log, at_idx, at_ordinal));
    RETURN FOUND;
END $$;

-- Take in an envelope that was still to come; the trigger on `entries` compares the digest.
CREATE FUNCTION record.fill_envelope(
    at_log text, at_idx bigint, bytes bytea, by_author text, of_roles text, with_code text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE record.entries SET envelope = bytes, author = by_author, roles = of_roles,
        code = with_code
    WHERE (log, idx) = (at_log, at_idx) AND envelope = '';
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION record.erase(text, bigint),
    record.fill_part(text, bigint, smallint, bytea, text, bigint),
    record.fill_envelope(text, bigint, bytea, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.erase(text, bigint) TO :"node";
GRANT EXECUTE ON FUNCTION
    record.fill_part(text, bigint, smallint, bytea, text, bigint),
    record.fill_envelope(text, bigint, bytea, text, text, text) TO :"node", :"link";
