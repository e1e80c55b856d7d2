-- What the author had typed when an act of several drafts was sent for release, with the name of its
-- form, in the row of the first of them: what goes back is in the form again. Empty once all are
-- released.
ALTER TABLE desk.clearances ADD COLUMN form text NOT NULL DEFAULT '';
