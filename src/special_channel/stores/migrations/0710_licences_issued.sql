-- A corrected licence was never issued as first stated: the first issue that no correction replaces.
-- Rows that were here before get it when views are made again.
ALTER TABLE record.licences ADD COLUMN issued_on text NOT NULL DEFAULT '';
