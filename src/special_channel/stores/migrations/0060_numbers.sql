-- Numbers are counted as of any date, so each application carries what both sides held and since
-- when, as lines that sort by date (stores/told.py). Rows that stood here before get them when
-- views are made again.
ALTER TABLE record.applications
    ADD COLUMN first_listed text NOT NULL DEFAULT '',
    ADD COLUMN eu_told text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN cn_told text[] COLLATE "C" NOT NULL DEFAULT '{}';
