-- Entries behind a missing envelope wait in `record.waiting` (ADR 6) and are appended whole: nothing
-- fills an envelope into a stored entry any more.
DROP FUNCTION record.fill_envelope(text, bigint, bytea, text, text, text);
