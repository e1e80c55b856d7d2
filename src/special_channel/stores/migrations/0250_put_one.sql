-- One row of a view, written by a commit in one statement (stores/record/at_once.py).

-- The three functions below are made by `row_statements.put_one_function`.

CREATE FUNCTION record.put_thread(record.threads, bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF $2 = '' THEN
        INSERT INTO record.threads (key, doc, digest, party, idx, opener, batch, accepted, closed, ord, notes_eu, notes_cn)
        VALUES ($1.key, $1.doc, $1.digest, $1.party, $1.idx, $1.opener, $1.batch, $1.accepted, $1.closed, $1.ord, $1.notes_eu, $1.notes_cn);
        RETURN true;
    END IF;
    UPDATE record.threads AS held SET doc = $1.doc, digest = $1.digest, party = $1.party, idx = $1.idx, opener = $1.opener, batch = $1.batch, accepted = $1.accepted, closed = $1.closed, ord = $1.ord, notes_eu = $1.notes_eu, notes_cn = $1.notes_cn
    WHERE held.key = $1.key AND held.digest = $2;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION record.put_note(record.notes, bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF $2 = '' THEN
        INSERT INTO record.notes (key, doc, digest, thread, party, idx, author, acknowledged, withdrawn)
        VALUES ($1.key, $1.doc, $1.digest, $1.thread, $1.party, $1.idx, $1.author, $1.acknowledged, $1.withdrawn);
        RETURN true;
    END IF;
    UPDATE record.notes AS held SET doc = $1.doc, digest = $1.digest, thread = $1.thread, party = $1.party, idx = $1.idx, author = $1.author, acknowledged = $1.acknowledged, withdrawn = $1.withdrawn
    WHERE held.key = $1.key AND held.digest = $2;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION record.put_ask(record.asks, bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF $2 = '' THEN
        INSERT INTO record.asks (key, doc, digest, note, q, thread, asker, answering, idx, due, open, outcome, passed, answered)
        VALUES ($1.key, $1.doc, $1.digest, $1.note, $1.q, $1.thread, $1.asker, $1.answering, $1.idx, $1.due, $1.open, $1.outcome, $1.passed, $1.answered);
        RETURN true;
    END IF;
    UPDATE record.asks AS held SET doc = $1.doc, digest = $1.digest, note = $1.note, q = $1.q, thread = $1.thread, asker = $1.asker, answering = $1.answering, idx = $1.idx, due = $1.due, open = $1.open, outcome = $1.outcome, passed = $1.passed, answered = $1.answered
    WHERE held.key = $1.key AND held.digest = $2;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION record.put_thread(record.threads, bytea),
    record.put_note(record.notes, bytea),
    record.put_ask(record.asks, bytea)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.put_thread(record.threads, bytea),
    record.put_note(record.notes, bytea),
    record.put_ask(record.asks, bytea)
    TO :"node";
