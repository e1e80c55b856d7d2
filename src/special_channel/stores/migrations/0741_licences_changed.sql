-- The inbox names licences with later terms of the last days; the first terms change nothing.
CREATE INDEX licences_changed ON record.licences ((doc #>> '{issues,-1,accepted}'))
    WHERE doc -> 'issues' -> 1 IS NOT NULL;
