-- Lists are amended; licences, what was drawn of them, and requests for priority. Rows that stood
-- here before get the new columns' values when views are made again.
ALTER TABLE record.listings ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
ALTER TABLE record.applications ADD COLUMN priority text NOT NULL DEFAULT '';
CREATE INDEX applications_priority ON record.applications (priority, key) WHERE priority <> '';

CREATE TABLE record.licences (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    idx bigint NOT NULL, type text NOT NULL, codes text[] NOT NULL, applications text[] NOT NULL,
    valid_from text NOT NULL, valid_to text NOT NULL, ended_on text NOT NULL
);
CREATE INDEX licences_order ON record.licences (valid_to, key);
CREATE INDEX licences_codes ON record.licences USING gin (codes);
CREATE INDEX licences_applications ON record.licences USING gin (applications);

CREATE TABLE record.draws (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    licence text NOT NULL, idx bigint NOT NULL, drawn_on text NOT NULL, application text NOT NULL
);
CREATE INDEX draws_licence ON record.draws (licence, idx);
CREATE INDEX draws_application ON record.draws (application) WHERE application <> '';

CREATE TABLE record.priorities (
    key text PRIMARY KEY, doc jsonb NOT NULL, digest bytea NOT NULL,
    idx bigint NOT NULL, open bigint NOT NULL
);
CREATE INDEX priorities_order ON record.priorities (idx DESC);

GRANT SELECT, INSERT, UPDATE ON record.licences, record.draws, record.priorities
    TO :"node", :"link";
GRANT DELETE ON record.licences, record.draws, record.priorities TO :"node";
