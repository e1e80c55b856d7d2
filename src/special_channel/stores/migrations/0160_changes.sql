-- Briefs name the applications of which a side changed its word since a meeting: since which
-- statement it calls the state what it does. Rows that stood here before get it when views are
-- made again.
ALTER TABLE record.applications
    ADD COLUMN eu_turned bigint NOT NULL DEFAULT -1,
    ADD COLUMN cn_turned bigint NOT NULL DEFAULT -1;
CREATE INDEX applications_eu_turned ON record.applications (eu_turned);
CREATE INDEX applications_cn_turned ON record.applications (cn_turned);
