-- Until when a person of our side is away, and whom colleagues ask meanwhile. It says nothing about
-- who signs: stand-ins are granted in the record (K27). Our side's alone; never sent.
CREATE TABLE desk.absences (
    person    text PRIMARY KEY,
    until     date NOT NULL,  -- the last day, in our capital
    stand_in  text NOT NULL DEFAULT ''
);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.absences TO :"node";
