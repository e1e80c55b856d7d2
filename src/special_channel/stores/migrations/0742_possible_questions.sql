-- Whether a person's pages show what the other side's law leaves to be asked: off until chosen.
ALTER TABLE desk.officials ADD COLUMN possible_questions boolean NOT NULL DEFAULT false;
