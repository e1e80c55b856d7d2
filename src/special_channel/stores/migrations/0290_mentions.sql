-- Threads of which an entry without a thread names notes: an acknowledgement of notes of several
-- threads. `record.entries.thread` is null for such an entry, and each of these threads lists it.
CREATE TABLE record.mentions (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    thread text NOT NULL, log text NOT NULL, idx bigint NOT NULL, author text NOT NULL,
    ord bigint NOT NULL
);
CREATE INDEX mentions_thread ON record.mentions (thread, ord);
CREATE INDEX mentions_entry ON record.mentions (log, idx);

-- As on every view of the shared logs (0240).
CREATE TRIGGER moves_digest AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON record.mentions
    FOR EACH STATEMENT EXECUTE FUNCTION record.view_changes();

GRANT SELECT, INSERT, UPDATE ON record.mentions TO :"node", :"link";
GRANT DELETE ON record.mentions TO :"node";
