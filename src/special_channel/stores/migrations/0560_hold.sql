-- Seconds for which a signed note waits in its author's browser before it is sent. Our side's alone.
ALTER TABLE desk.officials
    ADD COLUMN hold smallint NOT NULL DEFAULT 20 CHECK (hold BETWEEN 0 AND 120);
