-- The inbox names what the other side corrected: the entry with each side's last correction of an
-- application. Rows that were here before get it when views are made again.
ALTER TABLE record.applications
    ADD COLUMN eu_corrected bigint NOT NULL DEFAULT -1,
    ADD COLUMN cn_corrected bigint NOT NULL DEFAULT -1;
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
