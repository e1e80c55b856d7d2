"""Payloads about a draft on its sign-off route, signed outside a browser.

Mirrors `web/static/js/clear.js`. The node judges whether an answer is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from special_channel.core.bytes import canonical, dsse, parts
from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import file_part, text_part
from special_channel.desk.payloads import Attachment, Author, Fields, paragraphs, signed

_OF_SIGNER = frozenset({"v", "log", "kind", "by", "as", "at", "seen", "parts"})


@dataclass(frozen=True, slots=True)
class StepTurn:
    """A step that the author may answer, as the node states it; `desk` is empty without desks."""

    draft: EntryId
    step: int
    person: str
    desk: str
    functions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A decision on paper: office and reference of who decided, the day, and the scan."""

    office: str
    reference: str
    on: str
    scan: Attachment


def step_answered(
    author: Author, turn: StepTurn, answer: str, remark: str, lang: str, changed: EntryId = ""
) -> Submission:
    """Answer a step, with a remark in `lang`; `changed`: id of the draft as changed."""
    texts = [text_part("text", author.salt(), each) for each in paragraphs(remark)]
    more: Fields = {"next": changed} if changed else {}
    return _checked(author, turn, {"answer": answer, **more}, texts, lang)


def paper_recorded(author: Author, turn: StepTurn, paper: Paper, lang: str) -> Submission:
    """Record the decision of somebody without a key."""
    scan = paper.scan
    written = [
        text_part("text", author.salt(), paper.office),
        text_part("text", author.salt(), paper.reference),
        file_part(author.salt(), scan.name, scan.type, scan.length, scan.sha256),
    ]
    return _checked(author, turn, {"answer": "agreed", "on": paper.on}, written, lang)


def draft_changed(
    author: Author,
    turn: StepTurn,
    envelope: bytes,
    disclosures: Sequence[bytes],
    texts: Mapping[int, str],
) -> Submission:
    """Sign a draft with other texts, by the number of their part; other parts stay as they are."""
    payload: dict[str, Any] = dict(canonical.loads(dsse.decode(envelope).payload))  # type: ignore[arg-type]
    made = [
        text_part(parts.parse(part).role, author.salt(), texts[place]) if place in texts else part
        for place, part in enumerate(disclosures)
    ]
    fields = {name: value for name, value in payload.items() if name not in _OF_SIGNER}
    return signed(_in_function(author, turn), str(payload["kind"]), fields, made)


def _checked(
    author: Author, turn: StepTurn, said: Fields, disclosures: Sequence[bytes], lang: str
) -> Submission:
    body: Fields = {"id": turn.draft, "step": turn.step, "person": turn.person, **said}
    if turn.desk:
        body["desk"] = turn.desk
    fields: Fields = {"body": body}
    if disclosures:
        fields["lang"] = lang
    return signed(_in_function(author, turn), "draft.checked", fields, disclosures)


def _in_function(author: Author, turn: StepTurn) -> Author:
    """Return the author in the first function that may answer the step."""
    fitting = [each for each in author.functions if each.number in turn.functions]
    return replace(author, functions=fitting[:1] or author.functions)
