-- When a person is told that a date of theirs comes: per cent of the time to answer; 0 for not.
ALTER TABLE desk.notice_choices ADD COLUMN share smallint NOT NULL DEFAULT 0
    CHECK (share IN (0, 50, 75, 90));
