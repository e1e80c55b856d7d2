"""Rules for a link between two application numbers of one matter (S-058).

References are not checked: the last number stated for a reference holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.bytes.ids import Party, Position, peer_of
from special_channel.core.entries.batches import Link
from special_channel.core.rows.application_facts import WITHDRAWN, NumberLink
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.sense.findings import FactKind, Finding, Grade, Rule, facts_of, in_order
from special_channel.core.sense.list_past import answers_of
from special_channel.core.sense.stages import OUT

LINK_RULES: Final = {"S-058": Rule("S-058", ("refuse", "confirm"))}
"""The rules by number."""

_FILED_ANEW: Final = OUT | {"refused", "expired"}
"""States after which an applicant can file anew."""


@dataclass(frozen=True, slots=True)
class LinkAround:
    """Facts for checking a link.

    Attributes:
        party: The author's side.
        applications: Rows of both numbers and of all their successors by links of the side.
    """

    party: Party
    applications: Mapping[str, ApplicationRow] = field(default_factory=dict)


def link(body: Link, around: LinkAround) -> tuple[Finding, ...]:
    """Check a link; return all findings, gravest first."""
    if body.basis in {"matched", WITHDRAWN} or body.number == body.former:
        return ()  # a number linked to itself is malformed
    return in_order(
        [
            *_successor(body, around),
            *_circle(body, around),
            *_refiled(body, around),
            *_corrected(body, around),
        ]
    )


def later_numbers(row: ApplicationRow | None, party: Party) -> Sequence[NumberLink]:
    """Return a side's links from an application to its successors."""
    links = row.live_links if row else ()
    number = row.number if row else ""
    return [
        each
        for each in links
        if (each.party, each.former) == (party, number) and each.basis != "matched"
    ]


def _successor(body: Link, around: LinkAround) -> Iterator[Finding]:
    """Yield another successor of the former number, stated by the same side."""
    for each in later_numbers(around.applications.get(body.former), around.party):
        # An application that is split goes on under several numbers.
        if each.number != body.number and {each.basis, body.basis} != {"split"}:
            position: tuple[FactKind, str] = ("number", str(Position(each.party, each.index)))
            other: tuple[FactKind, str] = ("number", each.number)
            # A mistaken link can be taken back; that both are right, the author alone can know.
            yield _found(body, "successor", "confirm", other=other, position=position)


def _circle(body: Link, around: LinkAround) -> Iterator[Finding]:
    ahead, seen = [body.number], {body.number}
    while ahead:
        row = around.applications.get(ahead.pop())
        further = {each.number for each in later_numbers(row, around.party)} - seen
        seen |= further
        ahead += sorted(further)
    if body.former in seen:
        yield _found(body, "circle")


def _refiled(body: Link, around: LinkAround) -> Iterator[Finding]:
    """Yield a refiled number whose end neither side has stated."""
    row = around.applications.get(body.former)
    if body.basis != "refiled" or row is None:
        return
    sides: tuple[Party, ...] = (around.party, peer_of(around.party))
    stated = [(party, said) for party in sides if (said := row.latest(party))]
    if stated and not any(said.state in _FILED_ANEW for _, said in stated):
        party, said = stated[0]
        state: tuple[FactKind, str] = ("state", said.state)
        yield _found(
            body, "refiled", "confirm", state=state, side=("side", party), date=("date", said.as_of)
        )


def _corrected(body: Link, around: LinkAround) -> Iterator[Finding]:
    """Yield a corrected number if CN found both numbers."""
    rows = [around.applications.get(each) for each in (body.former, body.number)]
    answers = [answers_of(row)[-1:] if row else [] for row in rows]
    if body.basis == "corrected" and all(last and last[0][1] == "found" for last in answers):
        yield _found(body, "corrected", "confirm")


def _found(
    body: Link, variant: str, grade: Grade = "refuse", **facts: tuple[FactKind, str]
) -> Finding:
    numbers = facts_of(former=("number", body.former), number=("number", body.number), **facts)
    return Finding("S-058", grade, 1, ("former",), numbers, variant)
