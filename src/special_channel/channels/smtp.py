"""Send letters to a mail server.

Does not queue and does not retry: `escalation` does both, so the same letter may arrive here more
than once. A repeat has the same Message-ID and the same bytes, so the recipient's mail program
shows the letter once. Does not compose: `alerts.py` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import ClassVar, Final, Literal

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPSenderRefused,
)

from special_channel.core.bytes.errors import NotAllowed, Unavailable
from special_channel.messages.catalogue import catalogue, language_of
from special_channel.ports import Delivered, Letter

Security = Literal["implicit", "starttls", "none"]

TIMEOUT_SECONDS: Final = 20.0
"""For connecting and for each reply."""

PERMANENT: Final = range(500, 600)
"""Replies that forbid a retry of the same letter (RFC 5321, 4.2.1)."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}")
_FAILURES: Final = (SMTPException, OSError, TimeoutError)
_UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError)
"""Exceptions of the client library on replies of an unexpected form."""

_SAID: Final = 200

# Errors of the node's configuration: no letter may be given up because of them.
_OURS: Final = (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPSenderRefused,
)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Address and credentials of a mail server.

    Attributes:
        host: Name or address.
        port: 25, 465 with `implicit`, 587 with `starttls`.
        security: `none` is refused unless the host is this machine.
        sender: Address in From.
        bounces_to: Address for bounces, the sender's if None. The node never reads bounces, so
            nothing answers. Empty is RFC 5321's null return path: no bounces are sent at all.
        domain: The node's own domain, in Message-IDs and in EHLO.
        username: For servers that require a login, with `password`.
        password: Never shown.
        ca_file: PEM file of the authorities to trust; the system's if None.
        timeout_seconds: For connecting and for each reply.
    """

    host: str
    port: int
    security: Security
    sender: str
    domain: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    bounces_to: str | None = None

    @property
    def return_path(self) -> str:
        """Address in MAIL FROM."""
        return self.sender if self.bounces_to is None else self.bounces_to


class SmtpMail:
    """Port `Channel` over SMTP; one connection a letter, since alerts are few."""

    group: ClassVar[bool] = False

    def __init__(self, server: SmtpServer) -> None:
        """Check the server's security.

        Raises:
            NotAllowed: `mail-not-encrypted`: plain text to another machine.
        """
        if server.security == "none" and not is_this_machine(server.host):
            raise NotAllowed(
                "mail-not-encrypted", "Mail to another machine needs TLS.", host=server.host
            )
        self._server = server

    async def reach(self) -> None:
        """Connect, encrypt and sign in as for a letter, then disconnect.

        Raises:
            Unavailable: `mail-temporary`, `mail-not-encrypted`.
        """
        client = self._client()
        try:
            async with asyncio.timeout(4 * self._server.timeout_seconds):
                await self._connect(client)
                await client.noop()
        except (*_FAILURES, *_UNREADABLE) as failure:
            raise _temporary(failure) from failure
        finally:
            await _close(client)

    async def send(self, letter: Letter) -> Delivered:
        """Send a letter; see `ports.Channel`."""
        if not _ADDRESS.fullmatch(letter.to):
            raise NotAllowed("mail-refused", "The address is not one of a mailbox.", reply=0)
        if letter.to.casefold() == self._server.sender.casefold():
            # The bounce would return to the same address and cause another one.
            raise NotAllowed("mail-refused", "Alerts are not sent to their sender.", reply=0)
        message = message_of(letter, self._server)
        client = self._client()
        try:
            # Each reply has its own limit; this limit stops a server that sends byte by byte.
            async with asyncio.timeout(4 * self._server.timeout_seconds):
                await self._connect(client)
                _, reply = await client.sendmail(self._server.return_path, [letter.to], message)
        except (*_FAILURES, *_UNREADABLE) as failure:
            raise _meaning(failure) from failure
        finally:
            await _close(client)
        return Delivered(message_id(letter.id, self._server.domain), one_line(reply))

    async def _connect(self, client: SMTP) -> None:
        """Connect, encrypt if configured, and sign in; never continue unencrypted."""
        server = self._server
        await client.connect()
        if server.security == "starttls":
            await client.ehlo()
            if not client.supports_extension("starttls"):
                # An attacker in the middle may have removed the offer.
                raise Unavailable(
                    "mail-not-encrypted", "The mail server offers no TLS.", host=server.host
                )
            await client.starttls()
        if server.username is not None:
            await client.login(server.username, server.password or "")

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            # Without a name the client queries DNS, which may be slow and reveals the host's name.
            local_hostname=server.domain,
            timeout=server.timeout_seconds,
            use_tls=server.security == "implicit",
            start_tls=False,
            cert_bundle=server.ca_file,
        )


def message_of(letter: Letter, server: SmtpServer) -> bytes:
    """Encode a letter by RFC 5322; the same letter gives the same bytes.

    Raises:
        NotAllowed: `mail-refused`: a line break in a header.
    """
    message = EmailMessage(policy=SMTP_POLICY)
    try:
        message["From"] = _sender(letter, server)
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = message_id(letter.id, server.domain)
        if letter.in_reply_to and letter.in_reply_to != letter.id:
            first = message_id(letter.in_reply_to, server.domain)
            message["In-Reply-To"] = first
            message["References"] = first
        # RFC 3834: suppresses absence notes, which could loop.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        message.set_boundary(f"sc-{letter.id[:32]}")
        for part in message.walk():
            part["Content-Language"] = letter.lang
    except ValueError as broken:
        raise NotAllowed("mail-refused", "A header line is malformed.", reply=0) from broken
    return message.as_bytes()


def _sender(letter: Letter, server: SmtpServer) -> str | Address:
    """Return the sender's address with the product's name in the reader's language."""
    if not _ADDRESS.fullmatch(server.sender):
        return server.sender
    product = catalogue(language_of(letter.lang) or "en").gettext("mail.product")
    return Address(product, addr_spec=server.sender)


def message_id(alert: str, domain: str) -> str:
    """Return the Message-ID of an alert, by which mail programs recognise repeats."""
    # 128 bits of the alert's id are enough, and leave room for a domain of 31 letters on one
    # line: some mail programs lose a folded Message-ID.
    return f"<{alert[:32]}@{domain}>"


def one_line(reply: str) -> str:
    """Return the start of a reply as one printable line, so that any database accepts the text."""
    return " ".join("".join(c if c.isprintable() else " " for c in reply).split())[:_SAID]


def is_this_machine(host: str) -> bool:
    """Tell whether a host is loopback, without a DNS query."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _meaning(failure: BaseException) -> Unavailable | NotAllowed:
    """Classify a failure for the outbox: retry, or use another channel."""
    refusal = failure
    if isinstance(failure, SMTPRecipientsRefused) and failure.recipients:
        refusal = failure.recipients[0]
    code = refusal.code if isinstance(refusal, SMTPResponseException) else 0
    if code in PERMANENT and not isinstance(refusal, _OURS):
        return NotAllowed("mail-refused", f"The mail server refused it ({code}).", reply=code)
    return _temporary(refusal)


def _temporary(failure: BaseException) -> Unavailable:
    reason = type(failure).__name__
    code = failure.code if isinstance(failure, SMTPResponseException) else 0
    return Unavailable(
        "mail-temporary", f"The mail server did not take it ({reason}).", reason=reason, reply=code
    )


async def _close(client: SMTP) -> None:
    """Send QUIT and close. An accepted letter stays accepted, whatever the reply to QUIT."""
    try:
        with contextlib.suppress(*_FAILURES, *_UNREADABLE):
            if client.is_connected:
                await client.quit(timeout=1.0)
    finally:
        client.close()
