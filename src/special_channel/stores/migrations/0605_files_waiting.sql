-- Which files wait: for the look into their active content (`look` is 0), and for a scanner's
-- verdict. Each stored file has a row for as long as it is stored, so that the keeper of files reads
-- what waits and not every file. Our side's alone; files come and go by the link's role as well, so
-- the row is written with the owner's rights.
ALTER TABLE desk.file_contents ADD COLUMN waits boolean NOT NULL DEFAULT true;
CREATE INDEX file_contents_unlooked ON desk.file_contents (sha256) WHERE look = 0;
CREATE INDEX file_contents_waiting ON desk.file_contents (sha256) WHERE waits;

CREATE FUNCTION desk.follow_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM desk.file_contents WHERE sha256 = OLD.sha256;
    ELSE
        INSERT INTO desk.file_contents (sha256, look, active) VALUES (NEW.sha256, 0, '{}')
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION desk.follow_file() FROM PUBLIC;

DELETE FROM desk.file_contents AS c
WHERE NOT EXISTS (SELECT FROM record.files AS f WHERE f.sha256 = c.sha256);
INSERT INTO desk.file_contents (sha256, look, active)
SELECT f.sha256, 0, '{}' FROM record.files AS f
ON CONFLICT DO NOTHING;

CREATE TRIGGER follow_file AFTER INSERT OR DELETE ON record.files
    FOR EACH ROW EXECUTE FUNCTION desk.follow_file();
