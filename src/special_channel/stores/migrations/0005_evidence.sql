-- What the mirror of the peer's log keeps beside it: evidence of faults, where parts are missing,
-- and which files came from the peer.

-- Why a mirror stopped, with both notes; `resumed` is an operator's word that it may go on.
CREATE TABLE record.evidence (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log text NOT NULL CHECK (log IN ('eu', 'cn')),
    size bigint NOT NULL,
    code text NOT NULL,
    ours text NOT NULL,
    theirs text NOT NULL,
    detail text NOT NULL,
    kept timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX evidence_last ON record.evidence (log, number DESC);

-- A file may be served back to the peer if it came from it. Otherwise the peer could learn, by
-- naming a digest in an entry of its own, whether the same bytes lie here unsent.
CREATE TABLE record.files_received (
    sha256 text PRIMARY KEY
);

CREATE INDEX entries_invalid ON record.entries (log, idx) WHERE code <> '';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record.evidence
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse();

GRANT SELECT, INSERT ON record.evidence, record.files_received TO :"node", :"link";
