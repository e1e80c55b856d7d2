"""A calendar feed: due dates as an iCalendar object (RFC 5545, RFC 7986).

Holds no word of a note: a number, a state, an address of the node. Does not read anything
and knows no time zone: instants are UTC, and each reader's calendar shows its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

PRODUCT: Final = "-//Special Channel//Due dates//EN"
REFRESH: Final = "PT1H"
"""How often a calendar should come back; Outlook takes it as the shortest span."""

LINE: Final = 75
"""Octets of a line at most, without its end (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A question's due time.

    Attributes:
        uid: The same for ever, whatever becomes of the question.
        at: When it is due.
        changed: When its date was last stated.
        sequence: How often the date was moved.
        description: The date as both capitals have it, and the address again: Outlook does not show
            `URL`.
        provisional: No calendar covers it yet.
    """

    uid: str
    summary: str
    url: str
    at: datetime
    changed: datetime
    sequence: int
    provisional: bool
    description: str = ""


def write(name: str, lang: str, events: Iterable[FeedEvent]) -> bytes:
    """Write the calendar: UTF-8, lines folded by octets, ended by CR LF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME;LANGUAGE={lang}:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *(line for event in events for line in _event(event, lang)),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def _event(event: FeedEvent, lang: str) -> Sequence[str]:
    return (
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{_utc(event.changed)}",
        f"LAST-MODIFIED:{_utc(event.changed)}",
        f"DTSTART:{_utc(event.at)}",
        f"SEQUENCE:{event.sequence}",
        f"STATUS:{'TENTATIVE' if event.provisional else 'CONFIRMED'}",
        f"SUMMARY;LANGUAGE={lang}:{escaped(event.summary)}",
        f"DESCRIPTION;LANGUAGE={lang}:{escaped(event.description)}",
        f"URL:{event.url}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def escaped(text: str) -> str:
    """Escape a text value (RFC 5545, 3.3.11)."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def folded(line: str) -> bytes:
    """Fold a line between characters, by octets: a Chinese character takes three."""
    made, used = bytearray(), 0
    for char in line:
        octets = char.encode()
        if used + len(octets) > LINE:
            made += b"\r\n "
            used = 1
        made += octets
        used += len(octets)
    return bytes(made + b"\r\n")


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
