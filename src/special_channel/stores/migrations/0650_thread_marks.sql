-- How a person marks threads, for the person alone: labels, threads put away until something new
-- arrives, and reminders by day in our capital. No due time and no alert reads these tables. Never
-- sent to the other side.
CREATE TABLE desk.thread_labels (
    person text NOT NULL,
    thread text NOT NULL,
    label  text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 40),
    PRIMARY KEY (person, thread, label)
);
CREATE INDEX thread_labels_label ON desk.thread_labels (person, label);

-- `eu` and `cn`: sizes of both logs when the thread was put away; a later entry of somebody else
-- brings the thread back.
CREATE TABLE desk.thread_marks (
    person text NOT NULL,
    thread text NOT NULL,
    away   boolean NOT NULL DEFAULT false,
    eu     bigint NOT NULL DEFAULT 0,
    cn     bigint NOT NULL DEFAULT 0,
    day    date,
    told   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (person, thread)
);
CREATE INDEX thread_marks_day ON desk.thread_marks (day) WHERE day IS NOT NULL AND NOT told;
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.thread_labels, desk.thread_marks TO :"node";
