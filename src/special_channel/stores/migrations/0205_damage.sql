-- What the check of the record found to be other than signed, or other than the logs make. `kept` is
-- the damaged row as it was found, NULL where there was none or where an order erased it. A row is
-- open until `mended` is set: by a check that finds the difference no longer, or by `repair`.
CREATE TABLE record.damaged (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area text NOT NULL CHECK (area IN ('eu', 'cn', 'views')),
    idx bigint NOT NULL DEFAULT -1,
    what text NOT NULL,
    place text NOT NULL DEFAULT '',
    kept bytea,
    found timestamptz NOT NULL DEFAULT now(),
    mended timestamptz,
    recorded bigint                    -- index of the private entry that records the repair
);
CREATE UNIQUE INDEX damaged_open ON record.damaged (area, idx, what, place)
    WHERE mended IS NULL;

-- The same of the private log and its views, on which the link's role has no right.
CREATE TABLE private.damaged (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area text NOT NULL CHECK (area IN ('private', 'private-views')),
    idx bigint NOT NULL DEFAULT -1,
    what text NOT NULL,
    place text NOT NULL DEFAULT '',
    kept bytea,
    found timestamptz NOT NULL DEFAULT now(),
    mended timestamptz,
    recorded bigint
);
CREATE UNIQUE INDEX damaged_open ON private.damaged (area, idx, what, place)
    WHERE mended IS NULL;

GRANT SELECT, INSERT, UPDATE (mended) ON record.damaged, private.damaged TO :"node";
GRANT SELECT ON record.damaged TO :"link";

-- How far the check is. One row.
CREATE TABLE work.check_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    passed timestamptz,
    ended timestamptz
);
INSERT INTO work.check_state DEFAULT VALUES;
GRANT SELECT, UPDATE ON work.check_state TO :"node";

-- Copies of what is erased go with it: a damaged copy of a text is still that text. The planner
-- keeps no samples of these bytes.
ALTER TABLE record.damaged ALTER COLUMN kept SET STATISTICS 0;
ALTER TABLE private.damaged ALTER COLUMN kept SET STATISTICS 0;

CREATE FUNCTION record.forget_damaged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE record.damaged SET kept = NULL
    WHERE area = NEW.log AND idx = NEW.idx AND what IN ('part', 'erased')
        AND place = NEW.ordinal::text;
    RETURN NULL;
END $$;
CREATE FUNCTION private.forget_damaged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE private.damaged SET kept = NULL
    WHERE area = 'private' AND idx = NEW.idx AND what IN ('part', 'data', 'erased')
        AND place = NEW.ordinal::text;
    -- Rows of the own columns hold the same words.
    UPDATE private.damaged SET kept = NULL
    WHERE area = 'private-views' AND place LIKE 'columns %';
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION record.forget_damaged(), private.forget_damaged() FROM PUBLIC;
CREATE TRIGGER forgets AFTER INSERT ON record.erased
    FOR EACH ROW EXECUTE FUNCTION record.forget_damaged();
CREATE TRIGGER forgets AFTER INSERT ON private.erased
    FOR EACH ROW EXECUTE FUNCTION private.forget_damaged();
