-- What a daily mail says of the other side's corrections is kept with its first attempt, so that each
-- later attempt says the same, although some were replaced meanwhile. Empty: not attempted yet.
ALTER TABLE work.notices ADD COLUMN corrected text NOT NULL DEFAULT '';
