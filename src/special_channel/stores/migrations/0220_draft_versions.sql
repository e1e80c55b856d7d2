-- A draft open in two windows: each save names the version that it replaces.

CREATE SEQUENCE desk.draft_versions;

ALTER TABLE desk.drafts
    -- Never used again, even after the draft was deleted and begun anew.
    ADD COLUMN version bigint NOT NULL DEFAULT nextval('desk.draft_versions'),
    -- Which open page saved it: a page whose reply was lost sends again, and is no second window.
    ADD COLUMN page text NOT NULL DEFAULT '';

GRANT USAGE ON SEQUENCE desk.draft_versions TO :"node";
