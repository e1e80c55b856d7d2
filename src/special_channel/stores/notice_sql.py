"""SQL of personal notices; `personal_notices.py` runs it."""

from __future__ import annotations

from typing import Final

from special_channel.stores.file_scans import WAITING_REQUESTS

# A draft that is released or sent back, or a question that is answered, asks nobody any more; a
# date that has passed or moved comes no more. A request that is agreed to waits for nobody. A
# reminder ends when the person removes or replaces its day; `at` is UTC, the day our capital's.
SUPERSEDE: Final = f"""
UPDATE work.notices AS n SET closed = $1,
    state = CASE WHEN n.medium = 'page' THEN 'seen' ELSE 'superseded' END
WHERE n.state IN ('new', 'waiting') AND n.letter = '' AND (
    (n.kind IN ('release', 'check') AND NOT EXISTS
        (SELECT FROM desk.clearances AS c WHERE c.id = n.about AND c.state = 'waiting'))
    OR (n.kind = 'question' AND n.medium <> 'page' AND n.next_at <= $1 AND NOT EXISTS
        (SELECT FROM record.asks AS a WHERE a.note = n.about AND a.open))
    OR (n.kind = 'coming' AND NOT EXISTS
        (SELECT FROM record.asks AS a WHERE a.key = n.about AND a.open
            AND a.due::timestamptz > $1
            AND a.due::timestamptz = (n.document::jsonb ->> 'due')::timestamptz))
    OR (n.kind = 'reminder' AND NOT EXISTS
        (SELECT FROM desk.thread_marks AS m WHERE m.person = n.person AND m.thread = n.thread
            AND m.day <= n.at::date + 1))
    OR (n.kind = 'decide' AND n.about NOT IN (SELECT id FROM ({WAITING_REQUESTS}) AS q))
    OR (n.medium = 'browser' AND n.next_at < $1 - interval '12 hours'))
"""  # noqa: S608 - constants

WAYS: Final = """
SELECT recipient, channel FROM work.notices
WHERE state = 'waiting' AND letter = '' AND next_at <= $1 AND medium <> 'browser'
GROUP BY recipient, channel ORDER BY min(next_at), recipient, channel LIMIT $2
"""

READY: Final = """
SELECT id, listed, kind FROM work.notices
WHERE recipient = $1 AND channel = $2 AND state = 'waiting' AND letter = '' AND next_at <= $3
ORDER BY next_at, id LIMIT $4 FOR UPDATE SKIP LOCKED
"""

RECENT: Final = """
SELECT count(DISTINCT letter) AS letters, min(fixed) AS first FROM work.notices
WHERE recipient = $1 AND channel = $2 AND letter <> '' AND fixed > $3 AND kind <> 'unit'
"""

HANDLERS: Final = """
SELECT t.key AS thread, t.party, t.idx, ARRAY(
    SELECT a.official FROM private.assignments AS a WHERE a.key = t.key AND a.official <> ''
    UNION SELECT k.person FROM record.notes AS n JOIN record.keys AS k ON k.key = n.author
        WHERE n.thread = t.key AND n.party = $2 AND k.person <> ''
    UNION SELECT k.person FROM record.keys AS k
        WHERE k.key = t.doc #>> '{opened,0,by}' AND k.party = $2 AND k.person <> '') AS persons
FROM record.threads AS t WHERE t.key = ANY ($1::text[])
"""
