-- How a person reads: both languages of a thread side by side, or one of them, and how close the rows
-- of lists are. The same in every browser of the person.
ALTER TABLE desk.officials
    ADD COLUMN text_view text NOT NULL DEFAULT 'pair'
        CHECK (text_view IN ('pair', 'original', 'en', 'zh')),
    ADD COLUMN dense boolean NOT NULL DEFAULT false;
