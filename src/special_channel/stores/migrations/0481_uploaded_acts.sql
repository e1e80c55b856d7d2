-- A machine's key that signs its own enrolment signs first, so an act began with a key that is
-- nobody's, and whoever uploaded its file could not take it back. Key of who sent such an act.
ALTER TABLE desk.acts ADD COLUMN sent_by text NOT NULL DEFAULT '';
ALTER TABLE desk.access_acts ADD COLUMN sent_by text NOT NULL DEFAULT '';
