-- A person marks an entry unread. The newest entry decides what is new, and may be the person's own:
-- the mark says by itself that the thread is unread, until the thread is opened.
ALTER TABLE desk.read_marks ADD COLUMN unread boolean NOT NULL DEFAULT false;
