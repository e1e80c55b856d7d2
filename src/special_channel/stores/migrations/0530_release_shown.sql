-- What the second official was shown when a draft was released: digest and version of the checks,
-- changes, findings, rows that were on screen, parts that were opened. JSON; no times, no texts.
ALTER TABLE desk.clearances ADD COLUMN shown text NOT NULL DEFAULT '';
