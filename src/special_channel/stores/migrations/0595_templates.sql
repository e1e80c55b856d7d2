-- Templates that officials of a desk keep, beside those of the side's file, and what each person used last. Work, not a
-- fact: never sent to the other side.
CREATE TABLE desk.templates (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    desk      text NOT NULL,
    person    text NOT NULL,              -- pseudonym of the author, else the key
    kind      text NOT NULL CHECK (kind IN ('question', 'answer')),
    title     text NOT NULL,
    en        text NOT NULL,
    zh        text NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX templates_desk ON desk.templates (desk);
CREATE TABLE desk.templates_used (
    person    text NOT NULL,
    template  text NOT NULL,              -- id in the side's file, or kept: and the number of a row
    at        timestamptz NOT NULL,
    PRIMARY KEY (person, template)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.templates, desk.templates_used TO :"node";
