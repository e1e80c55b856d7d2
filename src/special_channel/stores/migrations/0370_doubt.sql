-- Who signed next to the author (rules.md, K21): an entry is disputed also by a doubtful key of its
-- second signer. As a column, since a judge looks up the entries that a review names, and pages list
-- the disputed ones, without parsing envelopes. Few entries have a second signer. Rows of before
-- come from formats that no node reads any more: they stay empty.

ALTER TABLE record.entries ADD COLUMN others text[] NOT NULL DEFAULT '{}';
ALTER TABLE private.entries ADD COLUMN others text[] NOT NULL DEFAULT '{}';

-- From which index of its log on a key is doubtful (K20); null without doubt, as nearly every key
-- is. `special-channel rebuild` fills it in rows of before.
ALTER TABLE record.keys ADD COLUMN doubt bigint;
CREATE INDEX keys_doubt ON record.keys (party) WHERE doubt IS NOT NULL;

-- As in 0280, with the new column.
CREATE OR REPLACE FUNCTION record.append(
    which text, new_entries record.entries[], new_parts record.parts[], hashes bytea,
    signed_root bytea, signed_note text, new_digest bytea,
    eu_size bigint, eu_digest bytea, eu_stamp bigint,
    cn_size bigint, cn_digest bytea, cn_stamp bigint
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    old_size CONSTANT bigint := CASE which WHEN 'eu' THEN eu_size ELSE cn_size END;
    new_size CONSTANT bigint := old_size + cardinality(new_entries);
    top integer := 0;
    peaks bytea[];
    root bytea;
BEGIN
    WHILE new_size >> top > 1 LOOP
        top := top + 1;  -- the level of the largest complete subtree
    END LOOP;

    -- Lock eu, then cn, as every writer does.
    IF 2 <> (SELECT count(*)
        FROM (SELECT log, size, digest, stamp FROM record.heads ORDER BY log DESC FOR UPDATE) AS h
        WHERE (h.log, h.size, h.digest, h.stamp)
            IN (('eu', eu_size, eu_digest, eu_stamp), ('cn', cn_size, cn_digest, cn_stamp)))
    THEN
        RAISE EXCEPTION 'a head has moved' USING ERRCODE = 'SC002';
    END IF;

    INSERT INTO record.entries (log, idx, id, leaf, envelope, kind, thread, author, roles,
        accepted, frontier, ord, code, ordinal, directory, others)
    SELECT log, idx, id, leaf, envelope, kind, thread, author, roles, accepted, frontier, ord, code,
        ordinal, directory, others
    FROM unnest(new_entries);
    INSERT INTO record.parts (log, idx, ordinal, disclosure, file, file_length)
    SELECT log, idx, ordinal, disclosure, file, file_length FROM unnest(new_parts);
    INSERT INTO record.nodes (log, level, idx, hash)
    SELECT which, level, idx, substring(hashes FROM
        32 * (row_number() OVER (ORDER BY level, idx))::integer - 31 FOR 32)
    FROM generate_series(0, top) AS level,
        generate_series(old_size >> level, (new_size >> level) - 1) AS idx;
    INSERT INTO record.checkpoints (log, size, note) VALUES (which, new_size, signed_note);

    -- The root of what stands in the table: its complete subtrees, folded from the smallest on.
    SELECT array_agg(n.hash ORDER BY level DESC) INTO peaks
    FROM generate_series(0, top) AS level CROSS JOIN LATERAL (
        SELECT hash FROM record.nodes AS held WHERE held.log = which AND held.level = level.level
            AND held.idx = (new_size >> level.level) - 1 OFFSET 0) AS n
    WHERE (new_size >> level) & 1 = 1;
    FOR place IN REVERSE cardinality(peaks)..1 LOOP
        root := coalesce(sha256('\x01'::bytea || peaks[place] || root), peaks[place]);
    END LOOP;
    IF root IS DISTINCT FROM signed_root THEN
        RAISE EXCEPTION 'the stored tree has another root' USING ERRCODE = 'SC002';
    END IF;

    UPDATE record.heads SET size = new_size, frontier = peaks, digest = new_digest,
        accepted = new_entries[cardinality(new_entries)].accepted,
        directory = new_entries[cardinality(new_entries)].directory
    WHERE log = which;
    RETURN true;
END $$;
