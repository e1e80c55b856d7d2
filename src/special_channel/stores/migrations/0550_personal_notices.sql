-- Events told to the people of our side whom they concern. A table and a sender of their own: however
-- many notices wait, no alert of a due time waits for them. `work.notice_seen` has the first entry
-- of each log that was not looked at yet. Our side's alone; never sent to the other side.
CREATE TABLE work.notice_seen (
    log       text PRIMARY KEY,
    next      bigint NOT NULL
);

CREATE TABLE work.notices (
    id        text PRIMARY KEY,           -- of event, medium and person: each is told once
    kind      text NOT NULL,              -- the event, such as question or release
    about     text NOT NULL,              -- id of the entry or draft
    thread    text NOT NULL DEFAULT '',
    person    text NOT NULL,              -- pseudonym of the person told
    medium    text NOT NULL CHECK (medium IN ('page', 'mail', 'chat')),
    channel   text NOT NULL DEFAULT '',
    recipient text NOT NULL DEFAULT '',   -- mail address, or the channel's name for a group
    document  text NOT NULL,              -- numbers and dates, as JSON; no content
    at        timestamptz NOT NULL,
    listed    boolean NOT NULL,           -- in a digest
    state     text NOT NULL CHECK (state IN ('new', 'seen', 'waiting', 'sent', 'superseded',
        'refused', 'undeliverable')),
    next_at   timestamptz NOT NULL,
    letter    text NOT NULL DEFAULT '',   -- the letter that tells it, once it is fixed
    fixed     timestamptz,
    attempts  integer NOT NULL DEFAULT 0,
    lease     timestamptz,
    error     text NOT NULL DEFAULT '',
    closed    timestamptz
);
CREATE INDEX notices_waiting ON work.notices (recipient, channel, next_at) WHERE state = 'waiting';
CREATE INDEX notices_letter ON work.notices (letter) WHERE letter <> '';
CREATE INDEX notices_fixed ON work.notices (recipient, channel, fixed) WHERE letter <> '';
CREATE INDEX notices_new ON work.notices (person, at) WHERE state = 'new';
CREATE INDEX notices_about ON work.notices (about) WHERE state IN ('new', 'waiting');
CREATE INDEX notices_at ON work.notices (at);
GRANT SELECT, INSERT, UPDATE, DELETE ON work.notice_seen, work.notices TO :"node";

-- Whether those who may release a draft were told. What waits already is no news.
ALTER TABLE desk.clearances ADD COLUMN told boolean NOT NULL DEFAULT false;
UPDATE desk.clearances SET told = true;
CREATE INDEX clearances_untold ON desk.clearances (at, id) WHERE NOT told;

-- What each person of our side chose to be told of.
CREATE TABLE desk.notice_choices (
    person     text PRIMARY KEY,
    preset     text NOT NULL CHECK (preset IN ('everything', 'mine', 'digest')),
    digest_at  time NOT NULL,             -- in our capital
    line_stops boolean NOT NULL,
    exceptions jsonb NOT NULL DEFAULT '[]'
);
CREATE TABLE desk.followed (
    person    text NOT NULL,
    thread    text NOT NULL,
    how       text NOT NULL CHECK (how IN ('watched', 'muted')),
    PRIMARY KEY (person, thread)
);
CREATE INDEX followed_thread ON desk.followed (thread);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.notice_choices, desk.followed TO :"node";
