-- A person saves filters, order and columns of several lists under a name, not only of applications. Work, not a fact:
-- never sent to the other side.
ALTER TABLE desk.filters RENAME TO saved_views;
ALTER TABLE desk.saved_views ADD COLUMN list text NOT NULL DEFAULT 'applications'
    CHECK (list IN ('threads', 'applications', 'search'));
ALTER TABLE desk.saved_views ALTER COLUMN list DROP DEFAULT;
ALTER TABLE desk.saved_views DROP CONSTRAINT filters_official_name_key;
ALTER TABLE desk.saved_views ADD UNIQUE (official, list, name);
