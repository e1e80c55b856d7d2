-- What a desk chose for the columns of a row of heads, so that a colleague is not asked again. Until now each person's
-- choices stood among the drafts of the person; the next file of such a form asks its desk once. Work, not a fact:
-- never sent to the other side.
CREATE TABLE desk.head_choices (
    desk   text NOT NULL,
    heads  text NOT NULL,        -- digest of the folded row of heads
    chosen text NOT NULL,        -- as JSON: column by folded head; an empty column stays with us
    key    text NOT NULL,        -- of who chose last
    at     timestamptz NOT NULL,
    PRIMARY KEY (desk, heads)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.head_choices TO :"node";
DELETE FROM desk.drafts WHERE place = 'chosen-heads';
