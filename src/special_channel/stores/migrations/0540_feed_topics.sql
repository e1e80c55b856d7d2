-- What each calendar link holds. Links of before this file had questions to our side alone.
ALTER TABLE desk.feeds
    ADD COLUMN topics text[] NOT NULL DEFAULT '{answer}'
        CHECK (topics <> '{}' AND topics <@ '{answer,awaited,meetings,licences,closed}');
