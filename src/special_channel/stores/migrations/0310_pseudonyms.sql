-- Each official has a pseudonym, which is all that the shared record says of a person. The node draws
-- it when the official is added; it is unique, and officials are never deleted, so it is never used
-- again. Officials who are there already get a random one: no record names them yet.
ALTER TABLE desk.officials ADD COLUMN person text;
UPDATE desk.officials SET person = replace(gen_random_uuid()::text, '-', '');
ALTER TABLE desk.officials ALTER COLUMN person SET NOT NULL,
    ADD CONSTRAINT officials_person_form CHECK (person ~ '^[0-9a-f]{32}$'),
    ADD CONSTRAINT officials_person_key UNIQUE (person);
