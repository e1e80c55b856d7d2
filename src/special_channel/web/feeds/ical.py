"""Writes calendars by RFC 5545 and RFC 7986: UTF-8, lines folded by octets. Instants are in UTC.

Does not know what an event is about: `events.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

REFRESH: Final = "PT1H"
"""Suggested time between requests of a calendar program."""

LINE: Final = 75
"""Maximum of octets of a line, without its end (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event that blocks no time.

    Attributes:
        uid: The event's name, the same in each reading.
        changed: When the event last changed: the same bytes until then.
        start: An instant, or the first day.
        last: Last day of several; None for an instant or a single day.
        summary: Title in the reader's language.
        url: Address of the page.
        text: Text below the title, before the address.
        sequence: Number of changes of the date.
        tentative: The date is requested or expected, and not agreed.
        alarms: Instants at which the program reminds its owner.
    """

    uid: str
    changed: datetime
    start: datetime | date
    summary: str
    url: str
    text: str = ""
    last: date | None = None
    sequence: int = 0
    tentative: bool = False
    alarms: tuple[datetime, ...] = ()

    def lines(self, lang: str) -> Iterator[str]:
        """Yield the event's lines, not folded."""
        yield "BEGIN:VEVENT"
        yield f"UID:{self.uid}"
        yield f"DTSTAMP:{_utc(self.changed)}"
        yield f"LAST-MODIFIED:{_utc(self.changed)}"
        yield from self._span()
        yield f"SEQUENCE:{self.sequence}"
        yield f"STATUS:{'TENTATIVE' if self.tentative else 'CONFIRMED'}"
        yield f"SUMMARY;LANGUAGE={lang}:{escaped(self.summary)}"
        # The address again: Outlook does not show `URL`.
        text = "\n".join(filter(None, (self.text, self.url)))
        yield f"DESCRIPTION;LANGUAGE={lang}:{escaped(text)}"
        yield f"URL:{self.url}"
        yield "CLASS:PRIVATE"
        yield "TRANSP:TRANSPARENT"
        for at in self.alarms:
            yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER;VALUE=DATE-TIME:{_utc(at)}")
            yield from (f"DESCRIPTION;LANGUAGE={lang}:{escaped(self.summary)}", "END:VALARM")
        yield "END:VEVENT"

    def _span(self) -> Iterator[str]:
        if isinstance(self.start, datetime):
            yield f"DTSTART:{_utc(self.start)}"
            return
        # The end of whole days is the day after the last one (RFC 5545, 3.6.1).
        end = (self.last or self.start) + timedelta(days=1)
        yield f"DTSTART;VALUE=DATE:{self.start:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{end:%Y%m%d}"


def write(name: str, lang: str, events: Iterable[Event]) -> bytes:
    """Write a calendar with CR LF at each line's end."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Special Channel//Due dates//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME;LANGUAGE={lang}:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *(line for each in events for line in each.lines(lang)),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """Escape a text value (RFC 5545, 3.3.11)."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def folded(line: str) -> bytes:
    """Fold a line between characters, by octets: a Chinese character takes three."""
    octets, used = bytearray(), 0
    for char in line:
        encoded = char.encode()
        if used + len(encoded) > LINE:
            octets += b"\r\n "
            used = 1
        octets += encoded
        used += len(encoded)
    return bytes(octets + b"\r\n")


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
