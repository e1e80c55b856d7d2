-- Parts that are not here: to come, or erased. Looked for each time a cosignature is to be given.
CREATE INDEX parts_absent ON record.parts (log, idx) WHERE disclosure IS NULL;
