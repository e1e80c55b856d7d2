-- What the times of the other side's valid entries show, as the mirror found it (docs/rules.md, K8
-- and K28): a leader signed an act on people too soon, or the time of the author's function was
-- over. Times of both logs alone decide it, so pages need not judge a whole log again to say it.
-- No fact of the record: no part of the state digest, and a rebuild of the views leaves it.
CREATE TABLE record.time_notices (
    log text NOT NULL CHECK (log IN ('eu', 'cn')),
    idx bigint NOT NULL CHECK (idx >= 0),
    code text NOT NULL CHECK (code IN ('cooling-short', 'grant-overdue')),
    key text NOT NULL,                 -- whose function was too new; else empty
    until text NOT NULL,               -- the time limit of the function; else empty
    PRIMARY KEY (log, idx, code, key)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record.time_notices
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();
GRANT SELECT, INSERT ON record.time_notices TO :"node", :"link";
