-- A corrected statement is not the last one of its side, wherever it is in the row: the source of the
-- latest statement, and the index of each log's last entry about the application, by which counts as
-- recorded earlier find the rows that changed since. Rows that stood here before get them when views
-- are made again.
ALTER TABLE record.applications
    ADD COLUMN eu_source text NOT NULL DEFAULT '',
    ADD COLUMN cn_source text NOT NULL DEFAULT '',
    ADD COLUMN eu_last bigint NOT NULL DEFAULT -1,
    ADD COLUMN cn_last bigint NOT NULL DEFAULT -1;
CREATE INDEX applications_eu_last ON record.applications (eu_last);
CREATE INDEX applications_cn_last ON record.applications (cn_last);
