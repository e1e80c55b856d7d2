-- The demonstration's mailbox keeps each mail as a mail server would get it.

ALTER TABLE desk.mailbox ADD COLUMN raw bytea NOT NULL DEFAULT '';  -- empty before this file
