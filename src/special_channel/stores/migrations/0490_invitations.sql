-- Registrars see the one-time codes that are drawn and not used, and take them back: who drew a
-- code, when, and when it was taken back. The code itself is known by its hash alone.
ALTER TABLE desk.invitations
    ADD COLUMN id         bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN drawn      timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN by         text NOT NULL DEFAULT '',  -- key of who drew it; empty before this file
    ADD COLUMN taken_back timestamptz;
UPDATE desk.invitations SET drawn = expires - interval '3 days';  -- as long as every code was valid
CREATE UNIQUE INDEX invitations_id ON desk.invitations (id);
CREATE INDEX invitations_open ON desk.invitations (expires) WHERE NOT used AND taken_back IS NULL;
