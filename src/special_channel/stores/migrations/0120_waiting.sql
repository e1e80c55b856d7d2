-- What the peer serves behind a gap (rule 18): whole commits whose checkpoints are signed over the
-- tree that their leaves make, waiting to be judged. They are not entries of the record yet: no
-- view, frontier or cosignature knows them. Rows go once the entries are judged and stored.
CREATE TABLE record.waiting (
    log text NOT NULL CHECK (log IN ('eu', 'cn')),
    idx bigint NOT NULL CHECK (idx >= 0),
    leaf bytea NOT NULL,
    envelope bytea NOT NULL,           -- empty: it did not come
    parts bytea[] NOT NULL,            -- NULL in it: did not come
    lacking boolean NOT NULL,          -- the envelope or a data part did not come
    kind text NOT NULL,
    thread text,
    accepted text NOT NULL,
    note text,                         -- of the commit that ends with this entry
    PRIMARY KEY (log, idx),
    CHECK (lacking OR envelope <> '')
);
CREATE INDEX waiting_thread ON record.waiting (thread) WHERE thread IS NOT NULL;

GRANT SELECT, INSERT, DELETE ON record.waiting TO :"node", :"link";
