-- The inbox names what the other side corrected: the entry with each side's last correction of an
-- application that replaces a statement. The first of several corrections of one statement does
-- (`core/rows/replacements.py`).
ALTER TABLE record.applications
    ADD COLUMN eu_corrected bigint NOT NULL DEFAULT -1,
    ADD COLUMN cn_corrected bigint NOT NULL DEFAULT -1;

-- Columns computed from the document change no digest, so no head moves.
ALTER TABLE record.applications DISABLE TRIGGER moves_digest;
UPDATE record.applications AS a
SET eu_corrected = last.eu, cn_corrected = last.cn
FROM (
    SELECT key, coalesce(max(idx) FILTER (WHERE party = 'eu'), -1) AS eu,
        coalesce(max(idx) FILTER (WHERE party = 'cn'), -1) AS cn
    FROM (
        SELECT DISTINCT ON (b.key, c ->> 'party', c ->> 'corrected_index', c ->> 'corrected_row')
            b.key, c ->> 'party' AS party, (c ->> 'index')::bigint AS idx
        FROM record.applications AS b, jsonb_array_elements(b.doc -> 'corrections') AS c
        ORDER BY b.key, c ->> 'party', c ->> 'corrected_index', c ->> 'corrected_row',
            (c ->> 'index')::bigint, (c ->> 'row')::bigint
    ) AS replacing
    GROUP BY key
) AS last
WHERE a.key = last.key;
ALTER TABLE record.applications ENABLE TRIGGER moves_digest;

CREATE INDEX applications_eu_corrected ON record.applications (eu_corrected) WHERE eu_corrected >= 0;
CREATE INDEX applications_cn_corrected ON record.applications (cn_corrected) WHERE cn_corrected >= 0;

-- Up to which entry of the other side a reader was shown the corrections of an application. Never
-- sent to the other side.
CREATE TABLE desk.corrections_seen (
    reader text NOT NULL,
    number text NOT NULL,
    idx    bigint NOT NULL,
    PRIMARY KEY (reader, number)
);
GRANT SELECT, INSERT, UPDATE ON desk.corrections_seen TO :"node";
