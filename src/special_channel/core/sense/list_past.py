"""Rules for a row of a weekly list against what the record has of its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.fields import is_reference
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rows.application_facts import NumberLink
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rows.links import found_as
from special_channel.core.sense.findings import FactKind, Finding, Grade
from special_channel.core.sense.history import before
from special_channel.core.sense.list_case import FEW_LISTS, ListCase
from special_channel.core.sense.sides import Across, Said
from special_channel.core.sense.stages import FINAL, RUNNING, leads_to

_FOR_THE_LICENCE: Final = frozenset({"approved", "issued"})
"""States after which the applicant has, or is about to have, the licence."""

_ENDED: Final = frozenset({"refused", "issued", "used", "expired"})
"""States after which nothing is urgent any more."""

_UNMATCHED: Final = frozenset({"duplicate", "not_eu", "not_ours"})
"""Matches that another listing will not change."""


def answers_of(application: ApplicationRow) -> Sequence[tuple[int, str]]:
    """Return CN's answers to a number, oldest first: index of the entry, and match."""
    stated = [said.index for said in application.cn if said.source == "return-sheet"]
    matched = [(each.index, each.match) for each in application.matches]
    return sorted([*((index, "found") for index in stated), *matched])


def urgent_in_vain(case: ListCase) -> Iterator[Finding]:
    """Yield an urgent row whose application is decided, as either side states."""
    row = case.row
    if row.urgency == "normal":
        return
    stated = [(party, said.state, said.as_of) for party in _SIDES if (said := case.last(party))]
    if row.state:
        stated = [each for each in stated if each[0] != "eu"]
        stated.append(("eu", row.state, row.as_of or ""))
    for states in (_ENDED, _FOR_THE_LICENCE):
        for party, state, as_of in stated:
            if state in states:
                grade: Grade = "confirm" if state in _ENDED else "note"
                variant = "licence" if state in _FOR_THE_LICENCE else "ended"
                facts: dict[str, tuple[FactKind, str]] = {
                    "side": ("side", party),
                    "state": ("state", state),
                    "date": ("date", as_of),
                    "urgency": ("urgency", row.urgency),
                }
                yield case.found("S-018", grade, "urgency", variant=variant, **facts)
                return


_EXTRA_LISTS: Final = 2
"""Lists of a number beside one a week: the first, and one out of turn."""

_SIDES: Final[tuple[Party, ...]] = ("cn", "eu")
"""CN's statement first: the acts are its own."""


def after_record(case: ListCase) -> Iterator[Finding]:
    """Yield what of a row does not fit the lists, links and answers of the record."""
    yield from _stepped_back(case)
    yield from _times(case)
    yield from _replaced(case)
    yield from _unmatched(case)
    yield from _answered(case)
    yield from _beside(case)


def _stepped_back(case: ListCase) -> Iterator[Finding]:
    """Yield a state of the EU that cannot follow the one it stated before."""
    row, application = case.row, case.record.application
    own = before(application, "eu")
    last = own.newest
    if last is None or not last.as_of or not row.state or not row.as_of or row.corrects:
        return
    said: tuple[FactKind, str] = ("state", last.state)
    now: tuple[FactKind, str] = ("state", row.state)
    day: tuple[FactKind, str] = ("date", last.as_of)
    if last.as_of <= row.as_of and not leads_to(last.state, row.state):
        yield case.found("S-052", "confirm", "state", before=said, date=day, after=now)
    elif (
        last.as_of <= row.as_of
        and last.state == "withdrawn"
        and row.state in RUNNING | FINAL
        and not own.filed_since(last.as_of)
    ):
        yield case.found("S-057", "confirm", "state", date=day, state=said)
    elif row.as_of < last.as_of and not leads_to(row.state, last.state):
        on: tuple[FactKind, str] = ("date", row.as_of)
        yield case.found(
            "S-052", "confirm", "as_of", variant="earlier", before=now, on=on, after=said, date=day
        )


def _times(case: ListCase) -> Iterator[Finding]:
    times = case.row.times_listed
    first, day = _counted_before(case), case.row.first_listed
    if first and (day != first.date or times <= first.times):
        known: tuple[FactKind, str] = ("text", str(first.times))
        yield case.found("S-014", "confirm", "times_listed", n=known, date=("date", first.date))
    elif times > (weeks := case.weeks_since(day)) + _EXTRA_LISTS and not (
        first and times == first.times + 1  # as the record counts
    ):
        since: tuple[FactKind, str] = ("date", day)
        count: tuple[FactKind, str] = ("text", str(times))
        facts = {"n": count, "date": since, "weeks": ("text", str(weeks))}
        yield case.found("S-013", "confirm", "times_listed", variant="weeks", **facts)
        return
    elif times == 1 and not case.record.listed and day < case.around.long_ago:
        yield case.found("S-013", "confirm", "first_listed", variant="first", date=("date", day))
    if times > 1 and not case.record.listed:
        grade: Grade = "note" if case.around.lists < FEW_LISTS else "confirm"
        yield case.found("S-013", grade, "times_listed", n=("text", str(times)))


@dataclass(frozen=True, slots=True)
class _Counted:
    """How often the record has a number on lists, and the first date."""

    times: int
    date: str


def _counted_before(case: ListCase) -> _Counted | None:
    """Return what the record counts; None for a number that was on no list."""
    application, last = case.record.application, case.record.last
    first = application.first_listed() if application else ""
    if application is None or not first:
        return None
    # The last list lacks a number that skipped it; the lists before are counted.
    lists = len({each.batch for each in application.listed})
    return _Counted(max(last.times_listed if last else 0, lists), first)


def replaced_by(application: ApplicationRow | None) -> NumberLink | None:
    """Return the last link that puts another number in the place of an application's."""
    if application is None:
        return None
    number = application.number
    if is_reference(number):
        later = [link for party in _SIDES if (link := found_as(application, party))]
    else:
        later = [link for link in application.live_links if link.former == number != link.number]
    return later[-1] if later else None


def _replaced(case: ListCase) -> Iterator[Finding]:
    link = replaced_by(case.record.application)
    if link:
        yield case.found(
            "S-024",
            "confirm",
            "number",
            variant="matched" if link.basis == "matched" else "",
            number=("number", case.row.number),
            new=("number", link.number),
            position=("number", str(Position(link.party, link.index))),
        )


def _beside(case: ListCase) -> Iterator[Finding]:
    """Yield a state that does not go with what CN states of the application."""
    row, application, days = case.row, case.record.application, case.around.days
    if row.state and application and days:
        said = Said(row.state, row.as_of or "", "list", before(application, "eu").course)
        sides = Across("eu", before(application, "cn"), days, row.row)
        yield from sides.state(said, newer=True)


def _unmatched(case: ListCase) -> Iterator[Finding]:
    """Yield a number that CN, when last asked, did not find or said to be another's."""
    application = case.record.application
    answers = answers_of(application) if application else ()
    last = answers[-1:]
    if len(answers) > 1 and all(match == "not_found" for _, match in answers[-2:]):
        last = answers[-2:]
    elif not last or last[0][1] not in _UNMATCHED:
        return
    positions = ", ".join(str(Position("cn", index)) for index, _ in last)
    match: tuple[FactKind, str] = ("match", last[-1][1])
    yield case.found("S-025", "confirm", "number", match=match, positions=("text", positions))


def _answered(case: ListCase) -> Iterator[Finding]:
    last = case.record.last
    question = case.row.question
    if last is None or not question or last.question != question or last.answered < 0:
        return
    answer = _answer(question, last)
    if answer:
        position: tuple[FactKind, str] = ("number", str(Position("cn", last.answered)))
        yield case.found("S-026", "note", "question", position=position, answer=answer)


def _answer(question: str, listing: ListingRow) -> tuple[FactKind, str] | None:
    """Return the information in an answer that a question asked for, unless it can change."""
    # The state, and that an application is not accepted yet, are asked for every week.
    match question:
        case "accepted" if listing.accepted_on:
            return "date", listing.accepted_on
        case "missing" if listing.missing:
            return "missing", ",".join(listing.missing)
        case "reason" if listing.remark:
            return "remark", listing.remark
        case _:
            return None
