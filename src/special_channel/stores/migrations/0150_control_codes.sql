-- A list may carry an application's control code, where the charter opts that in: pages count by
-- it, and licences' cover is told by it.
ALTER TABLE record.listings
    ADD COLUMN control_code text GENERATED ALWAYS AS (doc ->> 'control_code') STORED;
CREATE INDEX listings_code ON record.listings (number) WHERE control_code <> '';
