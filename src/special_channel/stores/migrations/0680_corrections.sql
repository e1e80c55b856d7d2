-- A corrected statement is not the last one of its side, wherever it is in the row: the source of the
-- latest statement. Rows that were here before get it when views are made again.
ALTER TABLE record.applications
    ADD COLUMN eu_source text NOT NULL DEFAULT '',
    ADD COLUMN cn_source text NOT NULL DEFAULT '';
