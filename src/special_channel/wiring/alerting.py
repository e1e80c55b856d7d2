"""Make the alert channels from the settings, in the order of preference.

Opens no connection: channels connect for each message. Reads secrets from files.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from special_channel.channels.chat import TEAMS_RATES, MattermostMail, TeamsMail
from special_channel.channels.gone_addresses import GoneAddressGuard
from special_channel.channels.mailbox import MailboxMail
from special_channel.channels.posting import Poster, make_poster
from special_channel.channels.rate_limits import RateLimit, RateLimiter
from special_channel.channels.robots import DINGTALK, FEISHU, WECOM, RobotMail, RobotService
from special_channel.channels.signatures import SigningKey, signing_key
from special_channel.channels.smtp import SmtpMail, SmtpServer, message_of
from special_channel.channels.webhook import WebhookMail
from special_channel.config import ChannelSection, MailSection, Settings
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.ports import Clock, Letter
from special_channel.ports.mail import Channel
from special_channel.stores.mailbox import MailboxItem

TEAMS_HOSTS: Final = (
    ".api.powerplatform.com",
    ".logic.azure.com",
    ".logic.azure.cn",
    ".webhook.office.com",
)
"""Hosts of Microsoft's workflows and of its remaining connectors."""

ROBOTS: Final[dict[str, RobotService]] = {"wecom": WECOM, "dingtalk": DINGTALK, "feishu": FEISHU}


def make_channels(
    settings: Settings, deliver: Callable[[MailboxItem], Awaitable[None]], clock: Clock
) -> dict[str, Channel]:
    """Make the channels by name, preferred first; empty if none is configured.

    `deliver` stores a letter in the demonstration's mailbox.

    Raises:
        NotFound: `settings-missing`: a setting names a missing file.
        Malformed: `settings-malformed`, `channel-address`, `channel-key`.
        NotAllowed: `mail-not-encrypted`.
    """
    channels: dict[str, Channel] = {}
    server = _server(settings.mail, settings.node.origin)
    if settings.mail.host:
        channels["mail"] = SmtpMail(server)
    if settings.demo.mailbox:

        async def put(letter: Letter) -> None:
            raw = message_of(letter, server)
            await deliver(
                MailboxItem(letter.id, letter.to, letter.subject, letter.text, letter.at, raw)
            )

        channels["mailbox"] = MailboxMail(put)
    for name, section in settings.channels.items():
        if name in {"mail", "mailbox"}:
            raise _wrong(f"channels.{name}")
        try:
            channels[name] = GoneAddressGuard(_channel(name, section, clock))
        except Malformed as error:
            raise Malformed(error.code, error.detail, **{**error.facts, "channel": name}) from error
    order = settings.alerts.order
    if len(set(order)) != len(order) or not set(order) <= channels.keys():
        raise _wrong("alerts.order")
    return {name: channels[name] for name in (*order, *channels) if name in channels}


def _channel(name: str, section: ChannelSection, clock: Clock) -> Channel:
    at = f"channels.{name}"
    makers: dict[str, Callable[[], Channel]] = {
        "webhook": lambda: WebhookMail(_poster(section, ()), _keys(section, at), clock),
        "mattermost": lambda: MattermostMail(
            _poster(section, ()), _pace(section, (), clock), clock
        ),
        "teams": lambda: TeamsMail(
            _poster(section, TEAMS_HOSTS), _pace(section, TEAMS_RATES, clock), clock
        ),
    }
    robot = ROBOTS.get(section.kind)
    if robot is None:
        return makers[section.kind]()
    secret = "" if section.secret_file is None else _line(section.secret_file)
    poster = _poster(section, robot.hosts, secret)
    return RobotMail(poster, _pace(section, robot.rates, clock), clock, robot, secret)


def _poster(section: ChannelSection, hosts: tuple[str, ...], secret: str = "") -> Poster:
    tls = None if section.ca is None else ssl.create_default_context(cafile=str(section.ca))
    url = _line(section.url_file)
    return make_poster(url, section.hosts or hosts, tls, section.timeout_seconds, secret)


def _pace(section: ChannelSection, rates: tuple[RateLimit, ...], clock: Clock) -> RateLimiter:
    configured = () if section.per_minute is None else (RateLimit(section.per_minute, 61.0),)
    return RateLimiter((*rates, *configured), clock.monotonic)


def _keys(section: ChannelSection, at: str) -> tuple[SigningKey, ...]:
    if not section.key_files:
        raise _wrong(f"{at}.key_files")
    return tuple(signing_key(_line(file)) for file in section.key_files)


def _server(mail: MailSection, origin: str) -> SmtpServer:
    domain, _, _ = origin.partition("/")
    return SmtpServer(
        host=mail.host,
        port=mail.port,
        security=mail.tls,
        sender=mail.sender,
        domain=domain,
        username=mail.user or None,
        password=None if mail.password_file is None else _line(mail.password_file),
        ca_file=None if mail.ca is None else str(mail.ca),
        timeout_seconds=mail.timeout_seconds,
        bounces_to=mail.bounces_to,
    )


def _line(file: Path) -> str:
    """Read a file with a single secret."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound("settings-missing", "A file can't be read.", file=file.name) from error


def _wrong(setting: str) -> Malformed:
    return Malformed("settings-malformed", "A setting is missing or wrong.", setting=setting)
