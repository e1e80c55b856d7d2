-- What a registrar has signed to accept the loss of the end of the private log, until a head of unit
-- signs the same bytes. One row; it goes with the entry.
CREATE TABLE work.recovery (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    envelope text NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON work.recovery TO :"node";
