-- Nothing reads the index of each log's last entry about an application: corrections made since are
-- found by the row alone.
DROP INDEX IF EXISTS record.applications_eu_last;
DROP INDEX IF EXISTS record.applications_cn_last;
ALTER TABLE record.applications
    DROP COLUMN IF EXISTS eu_last,
    DROP COLUMN IF EXISTS cn_last;
