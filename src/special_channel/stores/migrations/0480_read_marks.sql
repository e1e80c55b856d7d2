-- Read marks are the person's, so that a new laptop shows as read what was read on the old one. Of
-- marks by several keys of one person the furthest counts. A machine's marks stay those of its key.
CREATE TEMPORARY TABLE marks ON COMMIT DROP AS
SELECT coalesce(nullif(k.person, ''), m.key) AS reader, m.thread, max(m.eu) AS eu, max(m.cn) AS cn,
    max(m.at) AS at
FROM desk.read_marks AS m LEFT JOIN record.keys AS k ON k.key = m.key
GROUP BY 1, 2;
TRUNCATE desk.read_marks;
ALTER TABLE desk.read_marks RENAME COLUMN key TO reader;
INSERT INTO desk.read_marks (reader, thread, eu, cn, at)
SELECT reader, thread, eu, cn, at FROM marks;
