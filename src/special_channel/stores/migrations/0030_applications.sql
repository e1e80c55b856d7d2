-- Applications are found by what is stated of them. What SQL can't tell by itself is written by
-- the core with each row; rows that stood here before get it when views are made again.
ALTER TABLE record.applications
    ADD COLUMN differences text[] NOT NULL DEFAULT '{}',
    ADD COLUMN cn_standing text NOT NULL DEFAULT 'weigh',
    ADD COLUMN cn_since text NOT NULL DEFAULT '',
    ADD COLUMN cn_paused boolean NOT NULL DEFAULT true,
    ADD COLUMN cn_moved text NOT NULL DEFAULT '',
    ADD COLUMN last_batch text GENERATED ALWAYS AS (doc #>> '{listed,-1,batch}') STORED,
    ADD COLUMN last_row bigint GENERATED ALWAYS AS ((doc #>> '{listed,-1,row}')::bigint) STORED;
UPDATE record.applications SET differences = '{state}' WHERE differs AND eu_state <> cn_state;

CREATE INDEX applications_listed ON record.applications (last_listed DESC, last_row);
CREATE INDEX applications_weighed ON record.applications (key) WHERE cn_standing = 'weigh';
CREATE INDEX applications_moved ON record.applications (cn_moved);
CREATE INDEX listings_of_batch ON record.listings (batch, number);
