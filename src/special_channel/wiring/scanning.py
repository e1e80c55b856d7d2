"""Make the virus scanners from the settings, and the task that scans. Opens no connection."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from special_channel.config import ScannerSection, Settings
from special_channel.core.bytes.errors import Malformed
from special_channel.desk.file_scanner import FileScanner
from special_channel.desk.scan_keeper import ScanKeeper
from special_channel.ports.scanning import Scanner
from special_channel.scanners.clamd import Clamd
from special_channel.scanners.connection import Address
from special_channel.scanners.icap import Icap
from special_channel.stores.file_scans import FileScans
from special_channel.wiring import limiting

if TYPE_CHECKING:
    from special_channel.wiring.node import Core

PORTS: Final = {"tcp": 3310, "icap": 1344, "icaps": 11344}
"""Usual ports: of clamd, of ICAP (RFC 3507, 4.1), of ICAP over TLS."""


def make_scanners(settings: Settings) -> dict[str, Scanner]:
    """Make the scanners by name.

    Raises:
        Malformed: `settings-malformed`.
    """
    return {name: _scanner(name, section) for name, section in settings.scanners.items()}


def file_scanner(core: Core) -> FileScanner:
    """Make the scanners with the store of their verdicts."""
    scanners = make_scanners(core.settings)
    scans = FileScans(core.record.pool)
    # A reader of its own: no official's list waits for files of the other side.
    reader = limiting.reader(core.settings)
    return FileScanner(core.files, scans, scanners, core.clock, core.randomness, reader)


def scan_keeper(core: Core) -> ScanKeeper:
    """Make the task that scans files and seals verdicts."""
    append, lost = core.appender.perform, core.guards.private.look
    return ScanKeeper(core.scanner, append, core.identity, lost, core.alarms)


def _scanner(name: str, section: ScannerSection) -> Scanner:
    if section.kind == "clamd" and section.address.startswith("/"):
        return Clamd(Address(path=section.address), section.timeout_seconds)
    try:
        url = urlsplit(section.address)
        address = _address(url, section)
    except (ValueError, OSError) as error:  # no port, or no file of an authority
        raise _wrong(name) from error
    allowed = {"tcp"} if section.kind == "clamd" else {"icap", "icaps"}
    if url.scheme not in allowed or not url.hostname:
        raise _wrong(name)
    if section.kind == "clamd":
        return Clamd(address, section.timeout_seconds)
    return Icap(address, url.path.lstrip("/"), section.method, section.timeout_seconds)


def _address(url: SplitResult, section: ScannerSection) -> Address:
    tls = None
    if url.scheme == "icaps":
        tls = ssl.create_default_context(cafile=str(section.ca) if section.ca else None)
    return Address(host=url.hostname or "", port=url.port or PORTS.get(url.scheme, 0), tls=tls)


def _wrong(name: str) -> Malformed:
    setting = f"scanners.{name}.address"
    return Malformed("settings-malformed", "A setting is missing or wrong.", setting=setting)
