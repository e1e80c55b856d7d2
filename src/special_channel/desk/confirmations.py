"""Build the entry of an author's reasons for findings, `sense.confirmed`, for our private log."""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import text_part
from special_channel.core.sense.reasons import VERSION, GivenReason
from special_channel.desk.payloads import Author, Fields, signed


def sense_confirmed(
    author: Author, about: EntryId, given: Sequence[GivenReason], lang: str
) -> Submission:
    """Give reasons for findings on the entry `about`; `author.log` is the private log."""
    confirmed: list[Value] = []
    texts: list[str] = []
    for each in given:
        stated: dict[str, Value] = {"rules": [*each.rules], "reason": each.reason}
        if each.rows:
            stated["rows"] = sorted(each.rows)
        if each.words:
            stated["text"] = len(texts)
            texts.append(each.words)
        confirmed.append(stated)
    body: Fields = {"body": {"id": about, "sense": VERSION, "confirmed": confirmed}}
    disclosures = [text_part("text", author.salt(), words) for words in texts]
    return signed(author, "sense.confirmed", body | ({"lang": lang} if texts else {}), disclosures)
