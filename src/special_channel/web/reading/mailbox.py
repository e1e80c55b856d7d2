"""The demonstration's mailbox: what the node sent to its own people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from special_channel.core.bytes.errors import NotFound
from special_channel.ports.people import MailboxItem, Official
from special_channel.web.shell.context import PageContext

NEWEST: Final = 100


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as sent. Its text has no content of the record: a number and a link."""

    at: datetime
    to: str
    subject: str
    body: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """The newest mails to our own people."""

    template: ClassVar[str] = "mailbox.html"
    page: ClassVar[str] = "mailbox"

    mails: tuple[Mail, ...]


async def mailbox(context: PageContext) -> MailboxPage:
    """Read the newest mails.

    Raises:
        NotFound: `page-unknown` outside a demonstration.
    """
    box = context.own.mailbox
    if box is None:
        raise NotFound("page-unknown", "There is no such page here.")
    link = re.compile(re.escape(context.own.url) + r"(/[^\s<>\"]*)")
    people = {one.email: one for one in await context.own.officials.all()}
    return MailboxPage(
        tuple(
            _mail(item, _to(context, people.get(item.recipient), item.recipient), link)
            for item in await box.items(NEWEST)
        )
    )


def _to(context: PageContext, person: Official | None, address: str) -> str:
    """Return a person by name and role; their address where the own directory has none."""
    if person is None:
        return address
    role = context.t.label("role", person.role)
    return f"{person.name}（{role}）" if context.lang == "zh-CN" else f"{person.name}, {role}"


def _mail(item: MailboxItem, to: str, link: re.Pattern[str]) -> Mail:
    found = link.search(item.text)
    return Mail(item.at, to, item.subject, item.text, found[1] if found else None)
