"""Findings to confirm, with the reasons that an author can choose and the reasons given.

Pages, API and release share the model. Reasons are stored in our private log alone; views sent to
the other side or the public never contain reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.bytes import dsse, parts
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.entries import SenseConfirmed, parse
from special_channel.core.entries.private import SenseReason
from special_channel.core.rows.submission import Submission, read
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.reasons import (
    FEW,
    MAX_WORDS,
    GivenReason,
    offered,
    written_once,
)
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.sense import said
from special_channel.ports import Stored
from special_channel.stores.private_views import PrivateViews
from special_channel.web.shared.view import View

NAMED: Final = 12
"""Rows that are named one by one."""

_KIND: Final = b'"kind":"sense.confirmed"'


class ConfirmItem(View):
    """Findings of a rule that the author confirms with a reason before the signature.

    Attributes:
        code: Number of the rule.
        rows: Rows of the list or sheet; empty for a statement without rows.
        lines: Lines of the file; empty without a file.
        where: The rows in words; empty for a statement without rows.
        text: Sentences of the findings, several sentences of a row on lines of their own. Findings
            with different sentences, or in many rows, are written once, with the first rows.
        next: Advice on the next step.
        reasons: Codes of the reasons to choose from.
    """

    code: str
    rows: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()
    where: str = ""
    text: str
    next: str
    reasons: tuple[SenseReason, ...]


@dataclass(frozen=True, slots=True)
class Sheeted:
    """The sheet with the findings; every field is empty for a statement without rows.

    Attributes:
        total: Number of rows.
        lines: Line of the file by row.
        corrected: Rows that correct an earlier statement; {1} for a correcting statement.
    """

    total: int = 0
    lines: Mapping[int, int] = field(default_factory=dict)
    corrected: Collection[int] = ()


def to_confirm(t: Catalogue, found: Iterable[Finding], sheet: Sheeted) -> tuple[ConfirmItem, ...]:
    """Write the findings to be confirmed; findings with the same sentence are merged.

    A rule with many sentences, or with findings in a large part of the rows, is written once, with
    its first rows.
    """
    by_rule: dict[str, list[tuple[Finding, str]]] = {}
    for each in found:
        if each.grade == "confirm":
            by_rule.setdefault(each.rule, []).append((each, said(t, each)))
    return tuple(
        item for rule in sorted(by_rule) for item in _of_rule(t, rule, by_rule[rule], sheet)
    )


def _of_rule(
    t: Catalogue, rule: str, found: Sequence[tuple[Finding, str]], sheet: Sheeted
) -> Iterator[ConfirmItem]:
    sentences: dict[int, list[str]] = {}
    for finding, words in found:
        of_row = sentences.setdefault(finding.row, [])
        of_row += [words] if words not in of_row else []
    # A row has one choice for each rule: rows with the same sentences, be it several, go together.
    groups: dict[str, list[int]] = {}
    for row, of_row in sentences.items():
        groups.setdefault("\n".join(of_row), []).append(row)
    if not (sheet.total and written_once(len(sentences), sheet.total)) and len(groups) <= FEW:
        for words, flagged in groups.items():
            yield _item(t, rule, flagged, sheet, words)
        return
    facts = {"num": len(sentences), "total": sheet.total, "few": min(len(sentences), FEW)}
    first = [
        t.gettext("answer-notice.row", row=row, words=words)
        for row, of_row in list(sentences.items())[:FEW]
        for words in of_row
    ]
    words = "\n".join([t.gettext("confirm.once", **facts), *first])
    yield _item(t, rule, sentences, sheet, words)


def _item(
    t: Catalogue, rule: str, flagged: Iterable[int], sheet: Sheeted, text: str
) -> ConfirmItem:
    concerned = sorted({*flagged})
    rows = tuple(concerned) if sheet.total else ()
    lines = tuple(sheet.lines[row] for row in rows if row in sheet.lines)
    return ConfirmItem(
        code=rule,
        rows=rows,
        lines=lines,
        where=_where(t, rows, lines) if rows else "",
        text=text,
        next=t.label("sense-next", "confirm"),
        reasons=offered(correction={*concerned} <= {*sheet.corrected}),
    )


def _where(t: Catalogue, rows: Sequence[int], lines: Sequence[int]) -> str:
    """Name at most `NAMED` rows, with their lines of the file."""
    comma, more = (", " if t.lang == "en" else "、"), (" …" if len(rows) > NAMED else "")
    facts = {
        "rows": comma.join(map(str, rows[:NAMED])) + more,
        "lines": comma.join(map(str, lines[:NAMED])) + more,
    }
    if not lines:
        return t.ngettext("row %(rows)s", "rows %(rows)s", len(rows), **facts)
    return t.ngettext(
        "line %(lines)s of the file, row %(rows)s of the list",
        "lines %(lines)s of the file, rows %(rows)s of the list",
        len(rows),
        **facts,
    )


def listed_words(t: Catalogue, sentences: Sequence[str]) -> str:
    """Write the distinct findings named by a refusal: at most `FEW`, then the number of others."""
    found = list(dict.fromkeys(sentences))
    more = len(found) - FEW
    rest = [t.ngettext("%(num)s more", "%(num)s more", more)] if more > 0 else []
    return (" " if t.lang == "en" else "").join([*found[:FEW], *rest])


def no_reason(
    t: Catalogue, left: Sequence[Finding], about: EntryId, *, rows: bool = True
) -> RuleBroken:
    """Return the refusal of findings on the entry `about` without a reason.

    `rows`: whether the entry is a sheet.
    """
    sentences = [
        t.gettext("answer-notice.row", row=each.row, words=said(t, each)) if rows else said(t, each)
        for each in left
    ]
    return RuleBroken(
        "sense-unconfirmed",
        "A finding to confirm has no reason.",
        row=left[0].row,
        rule=left[0].rule,
        count=len(left),
        about=about,
        rules=",".join(sorted({each.rule for each in left})),
        words=listed_words(t, sentences),
    )


# Reasons that were given -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignedReasons:
    """Signed reasons, `sense.confirmed`, with the id of the entry with the findings.

    Attributes:
        id: The entry with the reasons.
        about: The entry with the findings.
        by: The key that signed the reasons.
    """

    id: EntryId
    about: EntryId
    by: KeyId
    reasons: tuple[GivenReason, ...]


def parted(sent: Sequence[Submission]) -> tuple[list[Submission], list[Submission]]:
    """Split the entries of a request into other entries and reasons for findings.

    A request of a single entry has no entry for reasons to be about, and is returned unchanged.
    """
    if len(sent) == 1:
        return [*sent], []
    others: list[Submission] = []
    reasons: list[Submission] = []
    for item in sent:
        is_reason = _KIND in dsse.decode(item.envelope).payload
        (reasons if is_reason else others).append(item)
    return others, reasons


def read_reasons(sent: Iterable[Submission]) -> list[SignedReasons]:
    """Read the signed reasons of a request.

    Raises:
        Malformed: `request-malformed` for another kind, or for words of more than `MAX_WORDS`
            characters; as `read`.
    """
    found = []
    for item in sent:
        incoming = read(item, whole=True)
        entry = incoming.entry
        if not isinstance(entry, SenseConfirmed):
            raise Malformed("request-malformed", "These are no reasons.", field="confirmed")
        given = _given(entry, item.parts)
        if any(len(each.words) > MAX_WORDS for each in given):
            raise Malformed("request-malformed", "A reason is too long.", field="confirmed")
        found.append(SignedReasons(incoming.id, entry.body.id, entry.by, given))
    return found


async def stored_reasons(views: PrivateViews, about: Sequence[EntryId]) -> list[SignedReasons]:
    """Look up the reasons in our private log for entries with findings; the oldest come first."""
    ids = await views.confirmations(about)
    found = await views.find_private([each for of in ids.values() for each in of])
    return [_stored(found[id_], entry) for entry, of in ids.items() for id_ in of if id_ in found]


def _stored(stored: Stored, about: EntryId) -> SignedReasons:
    entry = parse(dsse.decode(stored.envelope).payload)
    assert isinstance(entry, SenseConfirmed)  # noqa: S101 - own bug: the view has no other kind
    return SignedReasons(stored.id, about, stored.by, _given(entry, stored.parts))


def reasons_by(signed: Iterable[SignedReasons], about: EntryId, by: KeyId) -> list[GivenReason]:
    """Return the reasons that a key signed for an entry, in order."""
    return [
        reason for each in signed if (each.about, each.by) == (about, by) for reason in each.reasons
    ]


def _given(entry: SenseConfirmed, disclosures: Sequence[bytes | None]) -> tuple[GivenReason, ...]:
    return tuple(
        GivenReason(each.rules, each.rows, each.reason, _words(each.text, disclosures))
        for each in entry.body.confirmed
    )


def _words(part: int | None, disclosures: Sequence[bytes | None]) -> str:
    """Return the author's own words; empty if absent or erased."""
    disclosure = disclosures[part] if part is not None and part < len(disclosures) else None
    text = parts.parse(disclosure) if disclosure is not None else None
    return text.text if isinstance(text, parts.TextPart) else ""


def reason_words(t: Catalogue, given: GivenReason | None) -> str:
    """Write a reason in the reader's language, followed by the author's own words, unchanged."""
    if given is None:
        return ""
    name = t.label("sense-reason", given.reason)
    return t.gettext("confirm.own", name=name, words=given.words) if given.words else name
