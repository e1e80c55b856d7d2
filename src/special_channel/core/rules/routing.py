"""Judge and fold of a draft's sign-off route in the private log (ADR 47).

Which step is next and what each answer does. Does not choose a route: `core/time/routes.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import (
    DraftChecked,
    DraftCleared,
    DraftReturned,
    DraftRouted,
    PrivateEntry,
)
from special_channel.core.rows.past import PlacedPrivately
from special_channel.core.rows.private import PrivateKey, PrivateRow, PrivateRows
from special_channel.core.rows.routes import GivenAnswer, RouteRow, sign_step
from special_channel.core.rules.private_case import PrivateCase
from special_channel.core.rules.signers import function_of

AUTHOR = 1
"""The first step of each route: the draft itself, by its author."""


def route_key(draft: EntryId) -> PrivateKey:
    """Return the key of a draft's row."""
    return "route", draft


def routed_needs(entry: DraftRouted) -> Iterator[PrivateKey]:
    """Return the row of the draft, and of the draft that it replaces."""
    yield route_key(entry.body.id)
    if entry.body.follows:
        yield route_key(entry.body.follows)


def judge_routed(entry: DraftRouted, case: PrivateCase) -> None:
    """Refuse a draft that has its route, or that follows a draft not replaced by it.

    Raises:
        RuleBroken: `route-known`, `reference`.
        Malformed: `entry-malformed`.
    """
    steps = entry.body.steps
    words = [step.word for step in steps]
    if words[0] != "draft" or words[-1] != "release" or {"draft", "release"} & {*words[1:-1]}:
        raise Malformed(
            "entry-malformed",
            "A route begins with the draft and ends with a release.",
            field="body.steps",
        )
    if _row(case.rows, entry.body.id) is not None:
        raise RuleBroken("route-known", "The draft has its route already.")
    if entry.body.follows is None:
        return
    before = _row(case.rows, entry.body.follows)
    if (
        before is None
        or before.next != entry.body.id
        or before.route != entry.body.route
        or before.steps != tuple(map(sign_step, steps))
    ):
        raise RuleBroken("reference", "No such draft was replaced.", id=entry.body.follows)


def fold_routed(
    entry: DraftRouted, rows: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    """Return the draft's row, which goes on where the replaced draft stood."""
    body = entry.body
    version = (body.id, placed.id)
    before = _row(rows, body.follows) if body.follows else None
    if before is not None:
        yield replace(before, draft=body.id, versions=(*before.versions, version), next="")
        return
    steps = tuple(map(sign_step, body.steps))
    yield RouteRow(body.id, body.route, body.author or "", steps, (version,))


def judge_checked(entry: DraftChecked, case: PrivateCase) -> None:
    """Refuse an answer out of turn, by another person, or of another form than its answer has.

    Raises:
        RuleBroken: `route-unknown`, `route-step`.
        NotAllowed: `route-person`, `route-twice`.
        Malformed: `entry-malformed`.
    """
    body = entry.body
    row = _turn(case.rows, body.id, body.step)
    _check_form(entry, row)
    role, grant = function_of(entry, case.past, case.context)
    person, desk = _person(entry, case), grant.desk if grant else ""
    on_paper = body.on is not None and row.now.paper
    if person != body.person or not (on_paper or row.now.allows(role, desk)):
        raise NotAllowed("route-person", "Another official answers this step.")
    if row.now.desks and body.desk != desk:
        raise NotAllowed("route-person", "The desk is not that of the author.")
    if row.now.desks and desk not in row.open_desks:
        raise RuleBroken("route-step", "The desk has answered this step.", step=body.step)
    if row.elsewhere(person):
        raise NotAllowed("route-twice", "One person answers one step of a route.")


def fold_checked(
    entry: DraftChecked, rows: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    """Return the draft's row with the answer; after the last desk the next step has its turn."""
    body = entry.body
    row = _row(rows, body.id)
    assert row is not None  # noqa: S101 - own bug, not input: it was judged
    answer = GivenAnswer(
        draft=body.id,
        step=body.step,
        answer=body.answer,
        by=entry.by,
        index=placed.index,
        id=placed.id,
        person=body.person,
        desk=body.desk or "",
        on=body.on or "",
    )
    row = replace(row, answers=(*row.answers, answer), next=body.next or "")
    yield row if row.last or row.open_desks else replace(row, step=row.step + 1)


def judge_returned(entry: DraftReturned, case: PrivateCase) -> None:
    """Refuse to send a draft back out of turn, or to a step that has not been reached.

    Raises:
        RuleBroken: `route-unknown`, `route-step`.
        NotAllowed: `route-person`, `route-twice`.
    """
    row = _row(case.rows, entry.body.id)
    if row is None and entry.body.to is None:
        return
    row = _turn(case.rows, entry.body.id, row.step if row else AUTHOR)
    if (entry.body.to or AUTHOR) >= row.step:
        raise RuleBroken("route-step", "A draft goes back to an earlier step.", step=row.step)
    _check_signer(entry, row, case)


def fold_returned(
    entry: DraftReturned, rows: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    """Return the draft's row at the earlier step; at its author's the route has ended."""
    row, to = _row(rows, entry.body.id), entry.body.to or AUTHOR
    if row is None:
        return
    answer = GivenAnswer(
        draft=entry.body.id,
        step=row.step,
        answer="returned",
        by=entry.by,
        index=placed.index,
        id=placed.id,
        to=to,
    )
    ended = "returned" if to == AUTHOR else ""
    yield replace(row, answers=(*row.answers, answer), step=max(to, 2), ended=ended)


def judge_released(entry: DraftCleared, case: PrivateCase) -> None:
    """Refuse a release before the last step, or by another official than the route names.

    Raises:
        RuleBroken: `route-step`.
        NotAllowed: `route-person`, `route-twice`.
    """
    if (row := _row(case.rows, entry.body.id)) is None:
        return
    row = _turn(case.rows, entry.body.id, len(row.steps))
    if row.decided:
        if row.elsewhere(_person(entry, case)):
            raise NotAllowed("route-twice", "One person answers one step of a route.")
        return
    _check_signer(entry, row, case)


def fold_released(
    entry: DraftCleared, rows: PrivateRows, _placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    """Return the draft's row as released."""
    if (row := _row(rows, entry.body.id)) is not None:
        yield replace(row, ended="released")


def _row(rows: Mapping[PrivateKey, PrivateRow], draft: EntryId) -> RouteRow | None:
    row = rows.get(route_key(draft))
    return row if isinstance(row, RouteRow) else None


def _turn(rows: PrivateRows, draft: EntryId, step: int) -> RouteRow:
    """Return the row of a draft whose turn is at a step."""
    row = _row(rows, draft)
    if row is None:
        raise RuleBroken("route-unknown", "The draft is on no sign-off route.")
    if row.ended or row.next or row.step != step:
        raise RuleBroken("route-step", "It is not the turn of this step.", step=row.step)
    return row


def _check_form(entry: DraftChecked, row: RouteRow) -> None:
    body, roles = entry.body, [part.k for part in entry.parts]
    papers = roles[:2] == ["text", "text"] and roles.count("file") == 1 and roles[-1] == "file"
    words = roles[2:-1] if body.on else roles
    whole = (
        (body.next is not None) == (body.answer == "changed")
        and (body.answer != "unconcerned" or row.now.word == "consult")
        and (body.desk is not None) == bool(row.now.desks)
        and (body.on is None or (row.now.paper and papers and body.answer == "agreed"))
        and {*words} <= {"text"}
        and (entry.lang is not None) == bool(roles)
        and not (row.last and body.on is None)
        and not (row.last and row.decided)
    )
    if not whole:
        raise Malformed(
            "entry-malformed", "The answer does not have the form of its step.", field="body"
        )


def _check_signer(entry: DraftReturned | DraftCleared, row: RouteRow, case: PrivateCase) -> None:
    """Refuse an act on a draft by another official than its step names."""
    role, grant = function_of(entry, case.past, case.context)
    # A step that is decided on paper is sent back by whoever records the decision.
    recorded = isinstance(entry, DraftReturned) and row.now.paper
    if not (recorded or row.now.allows(role, grant.desk if grant else "")):
        raise NotAllowed("route-person", "Another official answers this step.")
    if row.elsewhere(_person(entry, case)):
        raise NotAllowed("route-twice", "One person answers one step of a route.")


def _person(entry: PrivateEntry, case: PrivateCase) -> str:
    row = case.context.key(entry.by)
    return row.person if row else ""
