-- One-side-only columns by application: what `columns_kept` holds, a row a line, so that a page
-- asks for the few that it shows. Kept by the database itself; `rebuild` throws both away.
CREATE TABLE private.kept_rows (
    list text NOT NULL REFERENCES private.columns_kept (key)
        ON DELETE CASCADE ON UPDATE CASCADE,
    idx bigint NOT NULL, number text NOT NULL, columns jsonb NOT NULL
);
CREATE INDEX kept_rows_list ON private.kept_rows (list);
CREATE INDEX kept_rows_number ON private.kept_rows (number, idx DESC);
CREATE INDEX kept_rows_code ON private.kept_rows ((columns ->> 'control_code'));

CREATE FUNCTION private.unroll_columns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM private.kept_rows AS k WHERE k.list = NEW.key;
    INSERT INTO private.kept_rows (list, idx, number, columns)
    SELECT NEW.key, NEW.idx, line ->> 'number', line -> 'columns'
    FROM jsonb_path_query((NEW.doc ->> 'data')::jsonb, '$.rows[*]') AS line
    WHERE line ->> 'number' <> '' AND jsonb_typeof(line -> 'columns') = 'object';
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION private.unroll_columns() FROM PUBLIC;

CREATE TRIGGER unrolled AFTER INSERT OR UPDATE ON private.columns_kept
    FOR EACH ROW EXECUTE FUNCTION private.unroll_columns();

INSERT INTO private.kept_rows (list, idx, number, columns)
SELECT c.key, c.idx, line ->> 'number', line -> 'columns' FROM private.columns_kept AS c,
    jsonb_path_query((c.doc ->> 'data')::jsonb, '$.rows[*]') AS line
WHERE line ->> 'number' <> '' AND jsonb_typeof(line -> 'columns') = 'object';

GRANT SELECT ON private.kept_rows TO :"node";
