-- A person saves filters, order and columns of several lists under a name, not only of applications, with any key and
-- whether or not our directory names the person. Work, not a fact: never sent to the other side.
ALTER TABLE desk.filters RENAME TO saved_views;
ALTER TABLE desk.saved_views ADD COLUMN person text;  -- pseudonym, else the key
UPDATE desk.saved_views AS v SET person = o.person FROM desk.officials AS o WHERE o.id = v.official;
ALTER TABLE desk.saved_views ALTER COLUMN person SET NOT NULL, DROP COLUMN official;
ALTER TABLE desk.saved_views ADD COLUMN list text NOT NULL DEFAULT 'applications'
    CHECK (list IN ('threads', 'applications', 'search'));
ALTER TABLE desk.saved_views ALTER COLUMN list DROP DEFAULT;
ALTER TABLE desk.saved_views ADD UNIQUE (person, list, name);
