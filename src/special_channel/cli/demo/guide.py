"""The demonstration's last lines: addresses, codes, things to try.

Does not read state: the caller passes the facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.cli.demo.people import Code
from special_channel.cli.demo.settings import Plan
from special_channel.core.bytes.ids import PARTIES
from special_channel.messages.catalogue import Lang, catalogue, commands

TRY: Final = (
    "special-channel inbox --as {side}-desk-1",
    "special-channel thread show {thread} --as cn-desk-1",
    "special-channel note post {thread} '{words}' --marking none --as {side}-desk-1",
    "special-channel export --thread {thread} --out bundle.zip --as {side}-oversight",
    "special-channel verify bundle.zip --trust {trust}",
)
"""Commands to try, by the side that speaks the reader's language."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Facts for the guide.

    Attributes:
        positions: Of the sample's entries, by name; empty without a sample.
        fresh: Whether the sample was loaded just now.
    """

    codes: Sequence[Code]
    positions: Mapping[str, str]
    fresh: bool


def lines(plan: Plan, happened: Happened, lang: Lang) -> Iterator[str]:
    """Yield the guide, line by line; the last begins with `ready`."""
    t, sides = commands(lang), catalogue(lang)
    yield ""
    yield t.gettext("Two web addresses:")
    for party in PARTIES:
        yield f"  {sides.label('side', party)}  {plan.url(party)}/"
    yield ""
    yield t.gettext(
        "One-time codes for a browser (each official opens /enrol and types their own):"
    )
    for code in happened.codes:
        who = f"{code.person.name}, {sides.label('role', code.person.role)}"
        yield f"  {code.code}  {code.person.id:<14} {plan.url(code.party)}/enrol  {who}"
    yield ""
    yield t.gettext("What to try:")
    tried = "Open both addresses in two windows, enrol, open a list, ask a question, sign it."
    yield f"  {t.gettext(tried)}"
    facts = {
        "thread": happened.positions.get("stamp", "EU-1"),
        "trust": plan.folder.trust,
        "side": "eu" if lang == "en" else "cn",
        "words": t.gettext("Received, thank you."),
    }
    yield from (f"  .venv/bin/{each.format(**facts)}" for each in TRY)
    due = {party: happened.positions.get(f"due-{party}") for party in PARTIES}
    if any(due.values()):
        yield ""
    if any(due.values()) and happened.fresh:
        yield t.gettext("The questions that will fall due about 90 s after they were signed:")
    for party, number in due.items():
        if number:
            url = plan.url(party)
            text = "Watch the thread %(number)s at %(url)s, and the mailbox at %(mailbox)s"
            watched = {"url": f"{url}/threads/{number}", "mailbox": f"{url}/mailbox"}
            yield f"  {t.gettext(text, number=number, **watched)}"
    yield ""
    yield f"ready  eu {plan.url('eu')}  cn {plan.url('cn')}"
