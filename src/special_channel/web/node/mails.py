"""The demonstration's mailbox: its mails for page and file. No text of a note is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final, Literal

from special_channel.core.bytes.errors import NotFound
from special_channel.desk.extracts import Extract
from special_channel.ports.mail import MARK
from special_channel.stores.mailbox import MailboxItem
from special_channel.stores.people import Official
from special_channel.web.node.views import MailView
from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = ("time", "recipient", "subject")

MOST_SHOWN: Final = 100
"""Mails of a page: each is a card with its first lines."""

MOST_FILED: Final = 1000
"""Mails of a file."""


class MailFilters(Filters):
    """Filter of the mails by part of recipient, subject or text; and their order."""

    text: Text = ""
    sort: Literal["newest", "oldest"] = "newest"


async def mails(context: PageContext, query: MailFilters) -> tuple[tuple[MailView, ...], int]:
    """Read mails of the demonstration's mailbox that match a filter, in its order, and their total.

    Raises:
        NotFound: `page-unknown` outside a demonstration.
    """
    officials = await _officials(context)
    items, total = await _items(context, query, officials, MOST_SHOWN)
    return tuple(_mail(context, each, officials.get(each.recipient)) for each in items), total


async def mails_extract(context: PageContext, query: MailFilters) -> Extract:
    """Make a table of the mails of a filter, in its order.

    Raises:
        NotFound: `page-unknown` outside a demonstration.
    """
    officials = await _officials(context)
    items, total = await _items(context, query, officials, MOST_FILED)
    lines = [
        [
            wall_clock(context, mail.at),
            _recipient(context, mail, officials.get(mail.recipient)),
            mail.subject,
        ]
        for mail in items
    ]
    facts = [
        filter_fact(context, (query.text,)),
        ("mails", str(total) if total <= len(lines) else f"{len(lines)} / {total}"),
        ("times", context.t.label("capital", context.party)),
    ]
    described = list_facts(context, SizesView(**context.sizes), facts)
    return list_extract(context, "mailbox", COLUMNS, lines, described)


async def _officials(context: PageContext) -> Mapping[str, Official]:
    return {each.email: each for each in await context.own.desk.officials.all()}


async def _items(
    context: PageContext, query: MailFilters, officials: Mapping[str, Official], limit: int
) -> tuple[Sequence[MailboxItem], int]:
    mailbox = context.own.desk.mailbox
    if mailbox is None:
        raise NotFound("page-unknown", "There is no such page here.")
    text = query.text.casefold()
    named = [email for email, each in officials.items() if text in each.name.casefold()]
    items = await mailbox.items(limit, query.text, named, oldest=query.sort == "oldest")
    return items, await mailbox.count(query.text, named)


def _recipient(context: PageContext, mail: MailboxItem, official: Official | None) -> str:
    """Name the recipient with the role, or by the address alone."""
    if official is None:
        return mail.recipient
    role = context.t.label("role", official.role)
    zh = context.lang == "zh-CN"
    return f"{official.name}（{role}）" if zh else f"{official.name}, {role}"


def _mail(context: PageContext, mail: MailboxItem, official: Official | None) -> MailView:
    whole = _message(mail)
    return MailView(
        at=mail.at,
        sender=whole["From"].addresses[0].display_name if mail.raw else "",
        to=_recipient(context, mail, official),
        subject=mail.subject,
        body=mail.text.partition("\n\n")[0] if mail.raw else mail.text,
        url=f"/mailbox/{mail.id[:MARK]}" if mail.raw else None,
        lang=str(whole["Content-Language"] or ""),
    )


async def message(context: PageContext, mark: str) -> tuple[MailboxItem, str]:
    """Read a mail of the demonstration's mailbox, and its HTML part.

    Raises:
        NotFound: `page-unknown` outside a demonstration, or if the message was not kept.
    """
    mailbox = context.own.desk.mailbox
    mail = await mailbox.item(mark) if mailbox is not None else None
    html = _message(mail).get_body(("html",)) if mail is not None and mail.raw else None
    if mail is None or html is None:
        raise NotFound("page-unknown", "There is no such page here.")
    return mail, str(html.get_content())


def _message(mail: MailboxItem) -> EmailMessage:
    return message_from_bytes(mail.raw, EmailMessage, policy=SMTP)


FILES: Final = file_routes("mailbox", MailFilters, mails_extract)
