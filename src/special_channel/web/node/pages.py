"""Pages of the link, of the channels to our people, and of the demonstration's mailbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from special_channel.channels.probes import ChannelTestResult
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.ports import Head, Stored
from special_channel.ports.mail import MARK
from special_channel.stores.waiting import WaitingLine
from special_channel.web.http.openapi import Route
from special_channel.web.http.services import AlertServices
from special_channel.web.node import mails, queries
from special_channel.web.node.mails import MailFilters
from special_channel.web.node.views import MailView, Status
from special_channel.web.shared.query import read_filters
from special_channel.web.shell.context import page_context
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.menu import TRIERS
from special_channel.web.shell.render import show

MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none';"
    " base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none';"
    " sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
"""Policy for a mail alone: mail programs know styles in attributes only. No script runs.

Its links open as from a mail program, with the session of the reader's browser.
"""

MOST_LINES: Final = 200
"""Entries that wait, on one page."""


async def get_link(request: web.Request) -> web.Response:
    """Show the state of the link, and entries that arrived and are not checked yet."""
    context = await page_context(request)
    view = await queries.status(context.own)
    lines = await context.own.stores.waiting.lines(context.peer, MOST_LINES)
    ids = sorted({line.thread for line in lines if line.thread})
    rows = await context.own.stores.views.threads_by_id(ids) if ids else {}
    threads = {id_: str(row.position) for id_, row in rows.items()}
    changes = await context.own.stores.views.directory_entries(context.peer)
    changed = changes[-1] if changes else None
    return await show(context, link_page(view, context.heads, lines, threads, changed))


async def get_channels(request: web.Request) -> web.Response:
    """Show the channels to our people."""
    context = await page_context(request, *TRIERS)
    return await show(context, channels_page(_groups(context.own.alerts)))


async def post_channels(request: web.Request) -> web.Response:
    """Test one channel, or all, and show the results."""
    context = await page_context(request, *TRIERS)
    name = (await read_form(request, context.reader)).get("channel", "")
    tests = await queries.try_channels(context, (name,) if name else ())
    return await show(context, channels_page(_groups(context.own.alerts), tests.results))


async def get_mailbox(request: web.Request) -> web.Response:
    """Show the demonstration's mailbox."""
    context = await page_context(request)
    query = read_filters(MailFilters, request.query.items())
    return await show(context, mailbox_page(*await mails.mails(context, query), query))


async def get_mail(request: web.Request) -> web.Response:
    """Show a mail of the demonstration's mailbox as a mail program does."""
    context = await page_context(request)
    _, html = await mails.message(context, request.match_info["mark"])
    headers = {"Content-Security-Policy": MAIL_POLICY}
    return web.Response(text=html, content_type="text/html", headers=headers)


async def get_raw_mail(request: web.Request) -> web.Response:
    """Download a mail of the demonstration's mailbox as the mail server would get it."""
    context = await page_context(request)
    mail, _ = await mails.message(context, request.match_info["mark"])
    return web.Response(
        body=mail.raw,
        content_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="{mail.id[:MARK]}.eml"'},
    )


def link_page(
    view: Status,
    heads: Mapping[Party, Head],
    lines: Sequence[WaitingLine] = (),
    threads: Mapping[str, str] | None = None,
    changed: Stored | None = None,
) -> ViewPage:
    """Make the page of the link.

    Args:
        view: State of the node.
        heads: Heads of both logs.
        lines: Entries that wait, in order, `MOST_LINES` at most.
        threads: Numbers of their threads by id.
        changed: The last entry about the other side's persons and keys.
    """
    last = None
    if changed is not None:
        last = f"{changed.log.upper()}-{changed.index}", instant(changed.accepted)
    more = {"heads": heads, "lines": lines, "threads": threads or {}, "changed": last}
    return ViewPage("node/link.html", "link", view, more)


def channels_page(groups: Mapping[str, bool], tests: Sequence[ChannelTestResult] = ()) -> ViewPage:
    """Make the page of the channels.

    Args:
        groups: By name of a channel, in the order of use, whether it reaches a group.
        tests: Results of tests just made.
    """
    more = {"tests": {test.channel: test for test in tests}}
    return ViewPage("node/channels.html", "channels", groups, more)


def mailbox_page(found: Sequence[MailView], total: int, query: MailFilters) -> ViewPage:
    """Make the page of the mailbox with the first of `total` mails that match a filter."""
    return ViewPage("node/mailbox.html", "mailbox", found, {"query": query, "total": total})


def _groups(alerts: AlertServices) -> dict[str, bool]:
    """Return whether each channel reaches a group, in the order of use."""
    return {name: channel.group for name, channel in alerts.ways.channels.items()}


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/link", get_link),
    ("GET", "/channels", get_channels),
    ("POST", "/channels/test", post_channels),
    ("GET", "/mailbox", get_mailbox),
    *mails.FILES,
    ("GET", "/mailbox/{mark}", get_mail),
    ("GET", "/mailbox/{mark}/raw", get_raw_mail),
)
