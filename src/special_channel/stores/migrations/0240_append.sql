-- One commit of a shared log in one statement (stores/record/at_once.py), and what it rests on.

-- Whoever changes rows of a shared view writes a head's digest first, in the same transaction. So
-- rows that a node remembers are those of the database while both digests are as remembered.
CREATE FUNCTION record.digest_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM set_config('special_channel.digest_moved', pg_current_xact_id()::text, true);
    RETURN NULL;
END $$;

CREATE FUNCTION record.view_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF current_setting('special_channel.digest_moved', true)
        IS DISTINCT FROM pg_current_xact_id()::text THEN
        RAISE EXCEPTION '% on %.% refused: no head''s digest was written',
            TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER digest_moves BEFORE UPDATE OF digest ON record.heads
    FOR EACH STATEMENT EXECUTE FUNCTION record.digest_moves();

DO $$
DECLARE
    view text;
BEGIN
    FOREACH view IN ARRAY ARRAY['parties', 'keys', 'charters', 'threads', 'notes', 'asks',
        'batches', 'listings', 'applications', 'licences', 'draws', 'priorities', 'meetings',
        'points'] LOOP
        EXECUTE format('CREATE TRIGGER moves_digest AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE'
            ' ON record.%I FOR EACH STATEMENT EXECUTE FUNCTION record.view_changes()', view);
    END LOOP;
END $$;

-- Appends entries if both heads are as their caller remembers them, and if the tree that stands
-- then has the root that the caller signed. Otherwise raises SC002, and nothing is written.
-- `hashes` holds the new complete subtrees by level and index, 32 bytes each.
CREATE FUNCTION record.append(
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
        accepted, frontier, ord, code)
    SELECT log, idx, id, leaf, envelope, kind, thread, author, roles, accepted, frontier, ord, code
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
        accepted = new_entries[cardinality(new_entries)].accepted
    WHERE log = which;
    RETURN true;
END $$;

-- The three functions below are made by `row_statements.put_function`.

CREATE FUNCTION record.put_threads(record.threads[], bytea[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    WITH given_thread AS (
            SELECT key, doc, digest, party, idx, opener, batch, accepted, closed, ord, notes_eu, notes_cn, given."unnest" AS previous FROM ROWS FROM (
                unnest($1::record.threads[]), unnest($2::bytea[])) AS given),
        changed_thread AS (
            UPDATE record.threads AS held SET doc = given.doc, digest = given.digest, party = given.party, idx = given.idx, opener = given.opener, batch = given.batch, accepted = given.accepted, closed = given.closed, ord = given.ord, notes_eu = given.notes_eu, notes_cn = given.notes_cn
            FROM given_thread AS given
            WHERE held.key = given.key AND held.digest = given.previous AND given.previous <> ''
            RETURNING 1),
        made_thread AS (
            INSERT INTO record.threads (key, doc, digest, party, idx, opener, batch, accepted, closed, ord, notes_eu, notes_cn)
            SELECT key, doc, digest, party, idx, opener, batch, accepted, closed, ord, notes_eu, notes_cn FROM given_thread WHERE previous = '' RETURNING 1)
    SELECT (SELECT count(*) FROM changed_thread) + (SELECT count(*) FROM made_thread) INTO written;
    IF written <> cardinality($1) THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION record.put_notes(record.notes[], bytea[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    WITH given_note AS (
            SELECT key, doc, digest, thread, party, idx, author, acknowledged, withdrawn, given."unnest" AS previous FROM ROWS FROM (
                unnest($1::record.notes[]), unnest($2::bytea[])) AS given),
        changed_note AS (
            UPDATE record.notes AS held SET doc = given.doc, digest = given.digest, thread = given.thread, party = given.party, idx = given.idx, author = given.author, acknowledged = given.acknowledged, withdrawn = given.withdrawn
            FROM given_note AS given
            WHERE held.key = given.key AND held.digest = given.previous AND given.previous <> ''
            RETURNING 1),
        made_note AS (
            INSERT INTO record.notes (key, doc, digest, thread, party, idx, author, acknowledged, withdrawn)
            SELECT key, doc, digest, thread, party, idx, author, acknowledged, withdrawn FROM given_note WHERE previous = '' RETURNING 1)
    SELECT (SELECT count(*) FROM changed_note) + (SELECT count(*) FROM made_note) INTO written;
    IF written <> cardinality($1) THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION record.put_asks(record.asks[], bytea[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    WITH given_ask AS (
            SELECT key, doc, digest, note, q, thread, asker, answering, idx, due, open, outcome, passed, answered, given."unnest" AS previous FROM ROWS FROM (
                unnest($1::record.asks[]), unnest($2::bytea[])) AS given),
        changed_ask AS (
            UPDATE record.asks AS held SET doc = given.doc, digest = given.digest, note = given.note, q = given.q, thread = given.thread, asker = given.asker, answering = given.answering, idx = given.idx, due = given.due, open = given.open, outcome = given.outcome, passed = given.passed, answered = given.answered
            FROM given_ask AS given
            WHERE held.key = given.key AND held.digest = given.previous AND given.previous <> ''
            RETURNING 1),
        made_ask AS (
            INSERT INTO record.asks (key, doc, digest, note, q, thread, asker, answering, idx, due, open, outcome, passed, answered)
            SELECT key, doc, digest, note, q, thread, asker, answering, idx, due, open, outcome, passed, answered FROM given_ask WHERE previous = '' RETURNING 1)
    SELECT (SELECT count(*) FROM changed_ask) + (SELECT count(*) FROM made_ask) INTO written;
    IF written <> cardinality($1) THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION record.append(text, record.entries[], record.parts[], bytea, bytea, text,
    bytea, bigint, bytea, bigint, bigint, bytea, bigint), record.put_threads(record.threads[], bytea[]),
    record.put_notes(record.notes[], bytea[]), record.put_asks(record.asks[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.append(text, record.entries[], record.parts[], bytea, bytea, text,
    bytea, bigint, bytea, bigint, bigint, bytea, bigint), record.put_threads(record.threads[], bytea[]),
    record.put_notes(record.notes[], bytea[]), record.put_asks(record.asks[], bytea[]) TO :"node";
