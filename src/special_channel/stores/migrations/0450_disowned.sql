-- Entries of the other side's log that its root declared void after a fork (docs/rules.md, K30).
-- They are no part of a log any more; both sides need them as evidence of what was signed. `note`
-- is the note of the commit that ended with the entry, with our cosignature if it had one. `by` is
-- the id of the entry `log.restored`. Only the owner writes: no process of the node can set aside
-- what it has mirrored.
CREATE TABLE record.disowned (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log text NOT NULL CHECK (log IN ('eu', 'cn')),
    idx bigint NOT NULL CHECK (idx >= 0),
    leaf bytea NOT NULL,
    envelope bytea NOT NULL,
    parts bytea[] NOT NULL,            -- NULL in it: erased, or did not come
    note text,
    by text NOT NULL,
    kept timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record.disowned
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
GRANT SELECT ON record.disowned TO :"node", :"link";
