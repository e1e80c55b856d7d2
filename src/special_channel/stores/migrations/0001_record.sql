-- The shared logs and their views. The link's role sees this schema and no other.
-- :"node" and :"link" stand for the two roles that serve; the owner of all is the one who migrates.

CREATE SCHEMA record;
GRANT USAGE ON SCHEMA record TO :"node", :"link";

-- Logs ------------------------------------------------------------------------------

-- One row a log, locked by whoever appends. `digest` is what the log's commits have added to the
-- state digest; the sum over both logs, modulo 2^256, is the digest of the views.
CREATE TABLE record.heads (
    log text PRIMARY KEY,
    size bigint NOT NULL DEFAULT 0,
    frontier bytea[] NOT NULL DEFAULT '{}',
    accepted text NOT NULL DEFAULT '',
    stamp bigint NOT NULL DEFAULT 0,
    stamped text,
    cosigned bigint NOT NULL DEFAULT 0,
    digest bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(digest) = 32)
);

-- `envelope` is empty while it is still to come from the peer. `roles` has the first letter of
-- each part's role, `ord` is half of the display order, `code` says why a mirrored entry has no
-- effect.
CREATE TABLE record.entries (
    log text NOT NULL,
    idx bigint NOT NULL,
    id text NOT NULL,
    leaf bytea NOT NULL,
    envelope bytea NOT NULL,
    kind text NOT NULL,
    thread text,
    author text NOT NULL,
    roles text NOT NULL,
    accepted text NOT NULL,
    frontier bigint NOT NULL,
    ord bigint NOT NULL,
    code text NOT NULL DEFAULT '',
    PRIMARY KEY (log, idx)
);
CREATE UNIQUE INDEX entries_valid_id ON record.entries (id) WHERE code = '';
CREATE INDEX entries_invalid_id ON record.entries (id) WHERE code <> '';
CREATE INDEX entries_thread ON record.entries (thread, ord, log) WHERE thread IS NOT NULL;
CREATE INDEX entries_kind ON record.entries (kind, log, idx);

-- `disclosure` is null where it is erased or still to come; `erased` tells which.
CREATE TABLE record.parts (
    log text NOT NULL,
    idx bigint NOT NULL,
    ordinal smallint NOT NULL,
    disclosure bytea,
    file text,
    file_length bigint,
    PRIMARY KEY (log, idx, ordinal)
);
CREATE INDEX parts_file ON record.parts (file) WHERE file IS NOT NULL;

CREATE TABLE record.erased (
    log text NOT NULL,
    idx bigint NOT NULL,
    ordinal smallint NOT NULL,
    erasure_log text NOT NULL,
    erasure_idx bigint NOT NULL,
    PRIMARY KEY (log, idx, ordinal)
);

-- Complete subtrees, level 0 being the leaves.
CREATE TABLE record.nodes (
    log text NOT NULL,
    level smallint NOT NULL,
    idx bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (log, level, idx)
);

-- The note of each commit, by the size it ended at.
CREATE TABLE record.checkpoints (
    log text NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (log, size)
);

-- The first note of each size that the log's other side cosigned.
CREATE TABLE record.cosigned (
    log text NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (log, size)
);

-- Views ------------------------------------------------------------------------------
-- `doc` holds all fields of the row, `digest` is core.state.row_digest. The other columns are
-- taken from it for pages. Thrown away and made again by `rebuild`.

CREATE TABLE record.parties (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    origin text NOT NULL
);

CREATE TABLE record.keys (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    party text NOT NULL, role text NOT NULL, unit text NOT NULL, desk text NOT NULL,
    idx bigint NOT NULL, standing text NOT NULL
);
CREATE INDEX keys_desk ON record.keys (party, desk, idx);

CREATE TABLE record.charters (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    number bigint NOT NULL
);

CREATE TABLE record.threads (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    party text NOT NULL, idx bigint NOT NULL, opener text NOT NULL, batch text NOT NULL,
    accepted text NOT NULL, closed boolean NOT NULL, ord bigint NOT NULL,
    notes_eu bigint NOT NULL, notes_cn bigint NOT NULL,
    applications jsonb GENERATED ALWAYS AS (doc #> '{opened,0,applications}') STORED
);
CREATE INDEX threads_order ON record.threads (ord DESC, key);
CREATE INDEX threads_open ON record.threads (ord DESC, key) WHERE NOT closed;
CREATE INDEX threads_batch ON record.threads (batch, ord DESC);
CREATE INDEX threads_number ON record.threads (party, idx);
CREATE INDEX threads_applications ON record.threads USING gin (applications);

CREATE TABLE record.notes (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    thread text NOT NULL, party text NOT NULL, idx bigint NOT NULL, author text NOT NULL,
    acknowledged boolean NOT NULL, withdrawn boolean NOT NULL
);
CREATE INDEX notes_thread ON record.notes (thread, party, idx);
CREATE INDEX notes_unacknowledged ON record.notes (party, idx) WHERE NOT acknowledged;

CREATE TABLE record.asks (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    note text NOT NULL, q integer NOT NULL, thread text NOT NULL,
    asker text NOT NULL, answering text NOT NULL, idx bigint NOT NULL,
    due text NOT NULL, open boolean NOT NULL, outcome text NOT NULL, passed boolean NOT NULL,
    answered text
);
CREATE INDEX asks_note ON record.asks (note, q);
CREATE INDEX asks_thread ON record.asks (thread, idx, q);
CREATE INDEX asks_open ON record.asks (answering, due, key) WHERE open;
CREATE INDEX asks_outcome ON record.asks (outcome, due);

CREATE TABLE record.batches (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    idx bigint NOT NULL, list text NOT NULL, rows bigint NOT NULL, accepted text NOT NULL,
    answers bigint NOT NULL
);
CREATE INDEX batches_number ON record.batches (idx DESC);
CREATE INDEX batches_list ON record.batches (list);

CREATE TABLE record.listings (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    batch text NOT NULL, row_number bigint NOT NULL, number text NOT NULL,
    urgency text NOT NULL, rank bigint NOT NULL, times_listed bigint NOT NULL,
    match text NOT NULL, answered bigint NOT NULL, state text NOT NULL, decision text NOT NULL
);
CREATE INDEX listings_batch ON record.listings (batch, row_number);
CREATE INDEX listings_rank ON record.listings (batch, rank, row_number);
CREATE INDEX listings_application ON record.listings (number);

CREATE TABLE record.applications (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    eu_state text NOT NULL, eu_as_of text NOT NULL, cn_state text NOT NULL, cn_as_of text NOT NULL,
    differs boolean NOT NULL, times_listed bigint NOT NULL, last_listed bigint NOT NULL
);
CREATE INDEX applications_differing ON record.applications (key) WHERE differs;
CREATE INDEX applications_states ON record.applications (eu_state, cn_state, key);

-- Fences -----------------------------------------------------------------------------
-- The first fence are the grants below; these triggers hold the owner's own mistakes back too.

CREATE FUNCTION record.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% on %.% refused: append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- A head only moves on. `accepted` is its owner's claim and may fall in a mirrored log.
CREATE FUNCTION record.head_moves_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NEW.log <> OLD.log OR NEW.size < OLD.size OR NEW.stamp < OLD.stamp
        OR NEW.cosigned < OLD.cosigned THEN
        RAISE EXCEPTION 'a head only moves on' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

-- An envelope that was still to come may come, if it is the one that the leaf commits to.
CREATE FUNCTION record.envelope_arrives() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF OLD.envelope <> '' OR right(convert_from(OLD.leaf, 'UTF8'), 64)
        <> encode(sha256(NEW.envelope), 'hex')
        OR (NEW.log, NEW.idx, NEW.id, NEW.leaf, NEW.kind, NEW.accepted, NEW.frontier, NEW.ord)
        IS DISTINCT FROM
        (OLD.log, OLD.idx, OLD.id, OLD.leaf, OLD.kind, OLD.accepted, OLD.frontier, OLD.ord)
        OR NEW.thread IS DISTINCT FROM OLD.thread THEN
        RAISE EXCEPTION 'UPDATE on %.entries refused: append-only', TG_TABLE_SCHEMA
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION record.payload(envelope bytea) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
    SELECT convert_from(decode(convert_from(envelope, 'UTF8')::jsonb ->> 'payload', 'base64'),
        'UTF8')::jsonb
$$;

-- A disclosure goes only if an erasure names it, and comes only if it is the one committed to.
CREATE FUNCTION record.part_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    erased boolean := EXISTS (
        SELECT FROM record.erased AS e
        WHERE (e.log, e.idx, e.ordinal) = (OLD.log, OLD.idx, OLD.ordinal));
    committed text := (
        SELECT record.payload(e.envelope) -> 'parts' -> OLD.ordinal::integer ->> 'c'
        FROM record.entries AS e WHERE (e.log, e.idx) = (OLD.log, OLD.idx) AND e.envelope <> '');
BEGIN
    IF (NEW.log, NEW.idx, NEW.ordinal) = (OLD.log, OLD.idx, OLD.ordinal) AND (
        (erased AND num_nonnulls(NEW.disclosure, NEW.file, NEW.file_length) = 0)
        OR (NOT erased AND OLD.disclosure IS NULL AND committed = encode(
            sha256('special-channel/part/v1\012'::bytea || NEW.disclosure), 'hex'))) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'UPDATE on record.parts refused: append-only'
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER moves_on BEFORE UPDATE ON record.heads
    FOR EACH ROW EXECUTE FUNCTION record.head_moves_on();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON record.heads
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER arrives BEFORE UPDATE ON record.entries
    FOR EACH ROW EXECUTE FUNCTION record.envelope_arrives();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON record.entries
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER changes BEFORE UPDATE ON record.parts
    FOR EACH ROW EXECUTE FUNCTION record.part_changes();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON record.parts
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record.erased
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record.nodes
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record.cosigned
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();

INSERT INTO record.heads (log) VALUES ('eu'), ('cn');

GRANT SELECT, UPDATE ON record.heads TO :"node", :"link";
GRANT SELECT, INSERT ON record.entries, record.parts, record.nodes, record.checkpoints,
    record.cosigned TO :"node", :"link";
GRANT SELECT ON record.erased TO :"node", :"link";
GRANT SELECT, INSERT, UPDATE ON record.parties, record.keys, record.charters, record.threads,
    record.notes, record.asks, record.batches, record.listings, record.applications
    TO :"node", :"link";
-- `rebuild` throws the views away.
GRANT DELETE ON record.parties, record.keys, record.charters, record.threads, record.notes,
    record.asks, record.batches, record.listings, record.applications TO :"node";
