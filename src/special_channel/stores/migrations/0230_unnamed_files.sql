-- Uploaded files that nothing names are deleted after a while.

-- The same bytes uploaded again make the file new; a sweep waits for that row.
GRANT UPDATE (begun) ON record.uploads TO :"node", :"link";
CREATE INDEX uploads_begun ON record.uploads (begun);

-- Delete up to `most` files uploaded longer ago than `age` that no entry, no draft and no draft
-- waiting for release names; return how many. Their bytes are swept with unfinished uploads.
CREATE FUNCTION record.drop_unnamed(age interval, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    old text[];
    gone integer;
BEGIN
    -- A damaged row may have lost the name of its file.
    IF EXISTS (SELECT FROM record.damaged WHERE mended IS NULL)
        OR EXISTS (SELECT FROM private.damaged WHERE mended IS NULL) THEN
        RETURN 0;
    END IF;
    -- First without locks: most sweeps find nothing. A draft names a file by its digest somewhere in
    -- its JSON.
    SELECT array_agg(sha256) INTO old FROM (
        SELECT f.sha256 FROM record.files AS f JOIN record.uploads AS u USING (upload)
        WHERE u.begun < now() - age
            AND NOT EXISTS (SELECT FROM record.parts AS p WHERE p.file = f.sha256)
            AND NOT EXISTS (SELECT FROM private.parts AS p WHERE p.file = f.sha256)
            AND f.sha256 NOT IN (
                SELECT named[1] FROM desk.drafts AS d
                CROSS JOIN LATERAL regexp_matches(d.text, '[0-9a-f]{64}', 'g') AS named)
            AND f.sha256 NOT IN (
                SELECT named[1] FROM desk.clearances AS c CROSS JOIN LATERAL unnest(c.parts) AS part
                CROSS JOIN LATERAL
                    regexp_matches(encode(part, 'escape'), '[0-9a-f]{64}', 'g') AS named
                WHERE c.state = 'waiting')
        ORDER BY u.begun LIMIT most) AS found;
    IF old IS NULL THEN
        RETURN 0;
    END IF;
    -- Then as every writer does: what stores an entry, a draft or the same file at this moment ends
    -- first, and is seen. Order of the heads: eu, cn, private.
    PERFORM FROM record.heads ORDER BY log DESC FOR UPDATE;
    PERFORM FROM private.heads FOR UPDATE;
    LOCK TABLE desk.drafts, desk.clearances IN SHARE MODE;
    PERFORM FROM record.uploads AS u JOIN record.files AS f USING (upload)
    WHERE f.sha256 = ANY (old) ORDER BY upload FOR UPDATE OF u;
    DELETE FROM record.files AS f USING record.uploads AS u
    WHERE f.sha256 = ANY (old) AND u.upload = f.upload AND u.begun < now() - age
        AND NOT EXISTS (SELECT FROM record.parts AS p WHERE p.file = f.sha256)
        AND NOT EXISTS (SELECT FROM private.parts AS p WHERE p.file = f.sha256)
        AND NOT EXISTS (
            SELECT FROM desk.drafts AS d WHERE position(f.sha256 IN d.text) > 0)
        AND NOT EXISTS (
            SELECT FROM desk.clearances AS c CROSS JOIN LATERAL unnest(c.parts) AS part
            WHERE c.state = 'waiting' AND position(convert_to(f.sha256, 'UTF8') IN part) > 0);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION record.drop_unnamed(interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.drop_unnamed(interval, integer) TO :"node";
