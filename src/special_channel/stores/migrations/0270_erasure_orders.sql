-- The parts that valid erasure orders of both logs name, whether erased here or not.
CREATE VIEW record.erasure_orders AS
SELECT d.log, d.idx, o.payload ->> 'ref' AS ref, n.ordinal::integer AS ordinal
FROM record.entries AS d
CROSS JOIN LATERAL record.payload(nullif(d.envelope, '')) AS o (payload)
CROSS JOIN LATERAL jsonb_array_elements_text(o.payload #> '{body,parts}') AS n (ordinal)
WHERE d.kind = 'part.erased' AND d.code = '';
GRANT SELECT ON record.erasure_orders TO :"node", :"link";
