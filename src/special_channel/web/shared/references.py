"""Links to threads, lists, applications and licences, and the numbers that pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from special_channel.core.bytes.ids import Party, Position, party_of
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    ApplicationAsserted,
    ApplicationLinked,
    ApprovalRevoked,
    ClockMarked,
    DifferenceMarked,
    Entry,
    LicenceDrawn,
    LicenceIssued,
    PriorityAnswered,
    PriorityRequested,
)
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.messages.catalogue import Catalogue
from special_channel.web.shared.states import Bar, bar_of


@dataclass(frozen=True, slots=True)
class BatchRef:
    """A batch by the name of its list (`L2026-41`) and its registration number."""

    name: str
    position: str
    url: str
    bar: Bar | None = None


def entry_url(thread: str, number: str) -> str:
    """Return the address of an entry in its thread: the part of the thread that has it."""
    return f"/threads/{thread}?at={number}#{number}"


def application_url(number: str) -> str:
    """Return an application's page; its number may contain any visible character."""
    return f"/applications/{quote(number, safe='')}"


def licence_url(number: str) -> str:
    """Return a licence's page; its number may contain any visible character."""
    return f"/licences/{quote(number, safe='')}"


def entry_page(entry: Entry | None, index: int) -> str:
    """Return the page that shows an entry without a thread in words, or "".

    The part of a long history that has the entry.
    """
    part = f"?entry={Position(party_of(entry.by), index)}" if entry else ""
    match entry:
        case (
            ApplicationAsserted()
            | ApplicationLinked()
            | ApprovalRevoked()
            | ClockMarked()
            | DifferenceMarked()
        ):
            return application_url(entry.body.number) + part
        case LicenceIssued() | LicenceDrawn():
            return licence_url(entry.body.licence) + part
        case PriorityRequested():
            return f"/priority/{Position('eu', index)}"
        case PriorityAnswered():
            return "/priority"
        case _ if entry is not None and entry.kind in DIRECTORY_KINDS:
            return f"/people/{party_of(entry.by)}?change={index}"
        case _:
            return ""


def last_entries(eu: int, cn: int, first: Party = "eu") -> tuple[str, str]:
    """Return the positions of both logs' last entries; `first`: the side that is named first."""
    numbers = (f"EU-{eu - 1}" if eu else "–", f"CN-{cn - 1}" if cn else "–")
    return numbers if first == "eu" else (numbers[1], numbers[0])


def entries_up_to(t: Catalogue, eu: int, cn: int, first: Party) -> str:
    """Write in words how far both logs are known: `entries up to EU-877 and CN-340`.

    Args:
        t: The reader's catalogue.
        eu: Size of the EU's log; 0 without an entry.
        cn: Size of China's log.
        first: The side that is named first.
    """
    own, other = last_entries(eu, cn, first)
    if eu and cn:
        return t.gettext("entries up to %(own)s and %(other)s", own=own, other=other)
    if not eu and not cn:
        return t.gettext("no entry of either side")
    known, absent = (f"EU-{eu - 1}", "cn") if eu else (f"CN-{cn - 1}", "eu")
    return t.gettext(
        "entries up to %(position)s, none of %(side)s so far",
        position=known,
        side=t.label("side", absent),
    )


def ask_number(row: QuestionRow) -> str:
    """Return the number of a question, such as `EU-877 Q1`."""
    return f"{row.position} Q{row.q}"


def batch_ref(row: BatchRow, counts: Mapping[str, int]) -> BatchRef:
    """Return a reference to a list, with counts of its applications by state."""
    position = str(Position("eu", row.index))
    return BatchRef(row.list, position, f"/batches/{position}", state_bar(counts))


def state_bar(counts: Mapping[str, int]) -> Bar:
    """Return the bar of counts by state; an empty state is unknown."""
    return bar_of({code or "unknown": count for code, count in counts.items()})


def point_name(meeting: MeetingRow, point: PointRow) -> str:
    """Return the number of a meeting's point: `EU-877 P2`."""
    return f"{meeting.position} P{point.number}"
