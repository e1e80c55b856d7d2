-- A corrected licence was never issued as first stated: the first issue that no correction replaces.
-- The first of several corrections of one issue replaces it (`core/rows/licences.py`).
ALTER TABLE record.licences ADD COLUMN issued_on text NOT NULL DEFAULT '';

-- A column computed from the document changes no digest, so no head moves.
ALTER TABLE record.licences DISABLE TRIGGER moves_digest;
WITH RECURSIVE chain AS (
    SELECT key, doc -> 'issues' AS issues, 1 AS place, doc #> '{issues,0}' AS issue
    FROM record.licences
    UNION ALL
    SELECT c.key, c.issues, c.place + 1, next.issue
    FROM chain AS c
    CROSS JOIN LATERAL (
        SELECT i.issue FROM jsonb_array_elements(c.issues) WITH ORDINALITY AS i (issue, number)
        WHERE i.issue ->> 'corrects' = c.issue ->> 'id' ORDER BY i.number LIMIT 1
    ) AS next
), first AS (
    SELECT DISTINCT ON (key) key, issue ->> 'issued_on' AS issued_on
    FROM chain ORDER BY key, place DESC
)
UPDATE record.licences AS l SET issued_on = first.issued_on FROM first
WHERE l.key = first.key AND first.issued_on IS NOT NULL;
ALTER TABLE record.licences ENABLE TRIGGER moves_digest;
