"""Hand letters to a mail server.

Does not keep an outbox and does not retry: `escalation` does both, so a letter may come
here more than once. It then leaves with the same Message-ID and the same bytes, and the
recipient's mail program shows it once. Does not compose: `alerts.py` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Final, Literal

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

from special_channel.core.errors import NotAllowed, Unavailable
from special_channel.ports import Delivered, Letter

Security = Literal["implicit", "starttls", "none"]

TIMEOUT_SECONDS: Final = 20.0
"""For connecting and for each reply."""

PERMANENT: Final = range(500, 600)
"""Replies after which the same letter must not be sent again (RFC 5321, 4.2.1)."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}")
_FAILURES: Final = (SMTPException, OSError, TimeoutError)
_UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError)
"""What the client library raises where a reply has another form than it expects."""

_SAID: Final = 200

# Of the node and not of one letter: no letter may be given up for them.
_OURS: Final = (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPSenderRefused,
)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how letters are handed over.

    Attributes:
        host: Name or address.
        port: 25, 465 with `implicit`, 587 with `starttls`.
        security: `none` is refused unless the host is this machine.
        sender: Address that letters are from.
        bounces_to: Address that bounces come back to, the sender's if None. Nothing here reads
            them, so nothing answers. Empty is RFC 5321's null return path: none is made at all.
        domain: The node's own, on the right of Message-IDs and in EHLO.
        username: For servers that ask who we are; with `password`.
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
        """Return what MAIL FROM says."""
        return self.sender if self.bounces_to is None else self.bounces_to


class SmtpMail:
    """Port `Mail` over SMTP; one connection a letter, for alerts are few."""

    def __init__(self, server: SmtpServer) -> None:
        """Take the address.

        Raises:
            NotAllowed: `mail-not-encrypted`: plain text to another machine.
        """
        if server.security == "none" and not is_this_machine(server.host):
            raise NotAllowed(
                "mail-not-encrypted", "Mail to another machine needs TLS.", host=server.host
            )
        self._server = server

    @property
    def group(self) -> bool:
        """Tell that a letter reaches its recipient alone."""
        return False

    async def reach(self) -> None:
        """Connect, encrypt and sign in as for a letter, and leave again.

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
        """Hand a letter over; see `ports.Mail`."""
        if not _ADDRESS.fullmatch(letter.to):
            raise NotAllowed("mail-refused", "The address is not one of a mailbox.", reply=0)
        if letter.to.casefold() == self._server.sender.casefold():
            # Its bounce would come back to where it was sent, and so on.
            raise NotAllowed("mail-refused", "Alerts are not sent to their sender.", reply=0)
        message = message_of(letter, self._server)
        client = self._client()
        try:
            # Each reply has its own limit; this one ends a server that drips.
            async with asyncio.timeout(4 * self._server.timeout_seconds):
                await self._connect(client)
                _, said = await client.sendmail(self._server.return_path, [letter.to], message)
        except (*_FAILURES, *_UNREADABLE) as failure:
            raise _meaning(failure) from failure
        finally:
            await _close(client)
        return Delivered(message_id(letter.id, self._server.domain), one_line(said))

    async def _connect(self, client: SMTP) -> None:
        """Encrypt before anything is said that matters, or not at all.

        A server that offers no TLS may be somebody in between who took the offer out.
        """
        server = self._server
        await client.connect()
        if server.security == "starttls":
            await client.ehlo()
            if not client.supports_extension("starttls"):
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
            # Named, or it is asked of DNS, which may take long and say too much.
            local_hostname=server.domain,
            timeout=server.timeout_seconds,
            use_tls=server.security == "implicit",
            start_tls=False,
            cert_bundle=server.ca_file,
        )


def message_of(letter: Letter, server: SmtpServer) -> bytes:
    """Write the letter as RFC 5322 has it; the same letter gives the same bytes.

    Raises:
        NotAllowed: `mail-refused`: a header of two lines.
    """
    message = EmailMessage(policy=SMTP_POLICY)
    try:
        message["From"] = server.sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = message_id(letter.id, server.domain)
        if letter.in_reply_to and letter.in_reply_to != letter.id:
            first = message_id(letter.in_reply_to, server.domain)
            message["In-Reply-To"] = first
            message["References"] = first
        # RFC 3834: nobody's absence note answers this, so nothing loops.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        message.set_boundary(f"sc-{letter.id[:32]}")
        for each in message.walk():
            each["Content-Language"] = letter.lang
    except ValueError as broken:
        raise NotAllowed("mail-refused", "A header line is malformed.", reply=0) from broken
    return message.as_bytes()


def message_id(alert: str, domain: str) -> str:
    """Return the Message-ID of an alert: what makes a repeat recognisable.

    128 bits of the alert's id are enough, and leave room for a domain of 31 letters on one
    line: some mail programs lose a Message-ID that is folded.
    """
    return f"<{alert[:32]}@{domain}>"


def one_line(said: str) -> str:
    """Return the beginning of a reply as one line that any database takes.

    A server may say any bytes: what is not printable becomes a blank.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:_SAID]


def is_this_machine(host: str) -> bool:
    """Say whether a host is loopback, without asking DNS."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _meaning(failure: BaseException) -> Unavailable | NotAllowed:
    """Sort by what the outbox does next: try again, or take another way."""
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
    """Leave politely. What was taken stays taken, whatever the server says to QUIT."""
    try:
        with contextlib.suppress(*_FAILURES, *_UNREADABLE):
            if client.is_connected:
                await client.quit(timeout=1.0)
    finally:
        client.close()
