-- The two counts of each leaf (rules.md, K26): its place in its thread, and the number of directory
-- entries up to it. As columns, so that an append finds the next values by index instead of reading
-- the log. Rows of before have leaf lines of an older form, which no node reads: they stay 0.

ALTER TABLE record.entries
    ADD COLUMN ordinal bigint NOT NULL DEFAULT 0, ADD COLUMN directory bigint NOT NULL DEFAULT 0;
ALTER TABLE private.entries
    ADD COLUMN ordinal bigint NOT NULL DEFAULT 0, ADD COLUMN directory bigint NOT NULL DEFAULT 0;

-- Two entries of a log never have the same place in a thread.
CREATE UNIQUE INDEX entries_ordinal ON record.entries (log, thread, ordinal) WHERE ordinal > 0;
CREATE UNIQUE INDEX entries_ordinal ON private.entries (log, thread, ordinal) WHERE ordinal > 0;

-- NOT VALID: not checked on rows of before.
ALTER TABLE record.entries
    ADD CONSTRAINT numbered CHECK ((thread IS NULL) = (ordinal = 0)) NOT VALID;
ALTER TABLE private.entries
    ADD CONSTRAINT numbered CHECK ((thread IS NULL) = (ordinal = 0)) NOT VALID;

-- The last leaf's, next to its `accepted`: a head row is read under its lock, the last entry is not.
ALTER TABLE record.heads ADD COLUMN directory bigint NOT NULL DEFAULT 0;
ALTER TABLE private.heads ADD COLUMN directory bigint NOT NULL DEFAULT 0;

-- An envelope that was still to come changes no other column, these two included.
CREATE OR REPLACE FUNCTION record.envelope_arrives() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF OLD.envelope <> '' OR right(convert_from(OLD.leaf, 'UTF8'), 64)
        <> encode(sha256(NEW.envelope), 'hex')
        OR (NEW.log, NEW.idx, NEW.id, NEW.leaf, NEW.kind, NEW.accepted, NEW.frontier, NEW.ord,
            NEW.ordinal, NEW.directory)
        IS DISTINCT FROM
        (OLD.log, OLD.idx, OLD.id, OLD.leaf, OLD.kind, OLD.accepted, OLD.frontier, OLD.ord,
            OLD.ordinal, OLD.directory)
        OR NEW.thread IS DISTINCT FROM OLD.thread THEN
        RAISE EXCEPTION 'UPDATE on %.entries refused: append-only', TG_TABLE_SCHEMA
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

-- As in 0240, with the new columns.
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
        accepted, frontier, ord, code, ordinal, directory)
    SELECT log, idx, id, leaf, envelope, kind, thread, author, roles, accepted, frontier, ord, code,
        ordinal, directory
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
