-- Which alarms are on in each process of this node, told to the others where its parts run apart.
-- What was not told again is over. No facts of the record.
CREATE TABLE work.alarms_told (
    code text PRIMARY KEY,
    told timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON work.alarms_told TO :"node";
