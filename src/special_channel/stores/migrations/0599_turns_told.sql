-- A draft on a sign-off route is told anew after each answer, to whom its next step names: how many
-- answers it had when it was told. What waits already is no news.
ALTER TABLE desk.clearances ADD COLUMN told_answers integer NOT NULL DEFAULT 0;
UPDATE desk.clearances AS c SET told_answers = jsonb_array_length(r.doc -> 'answers')
    FROM private.routes AS r WHERE r.key = c.id AND r.doc ? 'answers';

-- Notices that an open page of the reader shows as the browser's own; no service outside sends them.
ALTER TABLE work.notices DROP CONSTRAINT notices_medium_check;
ALTER TABLE work.notices ADD CONSTRAINT notices_medium_check
    CHECK (medium IN ('page', 'browser', 'mail', 'chat'));
ALTER TABLE desk.notice_choices ADD COLUMN browser boolean NOT NULL DEFAULT false;
