-- A damaged envelope has no payload, and must not end whatever statement looks at all orders.
CREATE OR REPLACE FUNCTION record.payload(envelope bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
BEGIN
    RETURN convert_from(decode(convert_from(envelope, 'UTF8')::jsonb ->> 'payload', 'base64'),
        'UTF8')::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;
