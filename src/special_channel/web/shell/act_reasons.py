"""Ask our own officials for reasons to sign texts, files and acts with findings to confirm.

Serves the dialog before a signature, the API, the command line and drafts for release. Findings in
lists and statements come from `sense.py`. Reasons stay in our private log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rows.submission import Submission
from special_channel.core.sense.asking import numbers_in
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.reasons import GivenReason, given_for, offered, unconfirmed
from special_channel.core.sense.texts import text_findings
from special_channel.desk.proposed import LOOKED_AT, ProposedEntry
from special_channel.messages.catalogue import Catalogue
from special_channel.web.shell.act_looks import READ, look_at_each
from special_channel.web.shell.context import PageContext, checking_context, proposed_entries
from special_channel.web.shell.looks import FoundItem, found_items, look_at
from special_channel.web.shell.reasons import (
    ConfirmItem,
    listed_words,
    read_reasons,
    reason_words,
    reasons_by,
    stored_reasons,
    to_confirm,
)
from special_channel.web.shell.sense import Looked


class EntryConfirm(ConfirmItem):
    """Findings of a rule in an entry of a request.

    Attributes:
        entry: Index of the entry in the request, from 0.
        terms: The reasons in words, in their order.
    """

    entry: int
    terms: tuple[str, ...]


async def to_confirm_of(
    context: PageContext,
    entries: Sequence[ProposedEntry],
    found: Iterable[Finding],
    acts: Sequence[Sequence[Finding]],
) -> tuple[EntryConfirm, ...]:
    """Return the findings to be confirmed with a reason, entry by entry.

    `found`: findings of the whole request. `acts`: the part found by `look_at_each`, for every
    entry. Machines are never asked.
    """
    if not context.writes or all(each.grade != "confirm" for each in found):
        return ()
    items = []
    for place, (entry, of_act) in enumerate(zip(entries, acts, strict=True)):
        findings = await _confirmed_in(context, entry, of_act)
        items += _items(context.t, place, findings)
    return tuple(items)


def stated_confirm(context: PageContext, looked: Iterable[Looked]) -> tuple[EntryConfirm, ...]:
    """Return the findings to confirm in statements and sheets, entry by entry."""
    if not context.writes:
        return ()
    return tuple(
        EntryConfirm(entry=each.place, terms=_terms(context.t, item.reasons), **dict(item))
        for each in looked
        for item in to_confirm(context.t, each.findings, each.sheet)
    )


async def refuse_unreasoned(
    request: web.Request, sent: Sequence[Submission], reasons: Sequence[Submission]
) -> None:
    """Refuse an entry with a finding to confirm for which its author gave no reason.

    A stored entry is never refused.

    Raises:
        RuleBroken: `sense-unconfirmed`.
        Malformed: As `read_reasons`.
    """
    entries = proposed_entries(request, sent)
    if not any(map(_may_ask, entries)):
        return
    context = await checking_context(request)
    if not context.writes:
        return
    given = read_reasons(reasons)
    acts = await look_at_each(context, entries)
    for entry, of_act in zip(entries, acts, strict=True):
        found = await _confirmed_in(context, entry, of_act)
        # A reader that is busy at this moment makes no note wait for a reason.
        findings = [each for each in found if "unread" not in _facts(each)]
        of_author = reasons_by(given, entry.id, entry.by)
        left = unconfirmed(findings, of_author)
        if not left or await context.own.stores.record.find([entry.id]):
            continue
        stored = await stored_reasons(context.own.stores.views, [entry.id])
        left = unconfirmed(left, reasons_by(stored, entry.id, entry.by))
        if left:
            raise RuleBroken(
                "sense-unconfirmed",
                "A finding to confirm has no reason.",
                row=left[0].row,
                rule=left[0].rule,
                count=len(left),
                about=entry.id,
                rules=",".join(sorted({each.rule for each in left})),
                words=listed_words(
                    context.t, [each.sentence for each in found_items(context.t, left)]
                ),
            )


def with_reasons(
    t: Catalogue, items: Iterable[FoundItem], given: Sequence[GivenReason]
) -> tuple[FoundItem, ...]:
    """Return the findings with the author's reasons."""
    made = []
    for item in items:
        reason = given_for(Finding(item.rule, item.grade, 1), given, ())
        asked = item.grade == "confirm"
        made.append(item.model_copy(update={"given": reason_words(t, reason) if asked else ""}))
    return tuple(made)


async def _confirmed_in(
    context: PageContext, entry: ProposedEntry, of_act: Sequence[Finding]
) -> list[Finding]:
    """Return the findings of an entry that need a reason; `of_act`: findings by the record."""
    if entry.kind not in LOOKED_AT:
        return []
    found = [*await look_at(context.own.desk.scanner, [entry]), *of_act]
    return [each for each in found if each.grade == "confirm" and _needs_reason(each, entry)]


def _may_ask(entry: ProposedEntry) -> bool:
    """Tell whether something may be found: most notes have nothing, and are stored at once."""
    if entry.kind not in LOOKED_AT:
        return False
    if entry.files or entry.asks or entry.kind in READ - {"note.posted"}:
        return True
    if sum(len(each.text) for each in entry.texts) > _SHORT or numbers_in(entry.texts):
        return True
    return any(each.grade == "confirm" for each in text_findings(entry.texts, entry.numbers))


def _facts(finding: Finding) -> set[str]:
    return {fact.value for fact in finding.facts.values() if fact.kind == "hidden"}


_SHORT: Final = 5000
"""Characters of texts that are read at once; longer ones are read apart."""

_ASKED_OTHERWISE: Final = "S-092"
"""Of each open question the form asks whether the note answers it: the answer is no reason."""

_MARKED: Final = "S-096"
"""Words for inside: the marking that the author chooses is the answer."""


def _needs_reason(finding: Finding, entry: ProposedEntry) -> bool:
    if finding.rule == _MARKED:
        return not entry.marking
    return finding.rule != _ASKED_OTHERWISE


def _items(t: Catalogue, place: int, findings: Sequence[Finding]) -> list[EntryConfirm]:
    by_rule: dict[str, list[str]] = {}
    for item in found_items(t, findings):
        said = by_rule.setdefault(item.rule, [])
        said += [item.sentence] if item.sentence not in said else []
    return [
        EntryConfirm(
            code=rule,
            text="\n".join(said),
            next=t.label("sense-next", "confirm"),
            reasons=offered(correction=False),
            terms=_terms(t, offered(correction=False)),
            entry=place,
        )
        for rule, said in by_rule.items()
    ]


def _terms(t: Catalogue, reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(t.label("sense-reason", each) for each in reasons)
