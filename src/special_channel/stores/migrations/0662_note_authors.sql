-- Who wrote in a thread is read from the index alone, whatever the number of notes elsewhere.
DROP INDEX record.notes_thread;
CREATE INDEX notes_thread ON record.notes (thread, party, idx) INCLUDE (author);
