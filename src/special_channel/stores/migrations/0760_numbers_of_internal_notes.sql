-- Internal notes and assignments are found by their number in our side's private log, such as
-- EU-P-35: the index reads those written before again.
INSERT INTO private.search_waits (source, key)
SELECT DISTINCT log, idx::text FROM private.parts WHERE log = 'private'
ON CONFLICT DO NOTHING;
