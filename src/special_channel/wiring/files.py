"""Read a node's files: keys, calendars, our side's ladder and sign-off routes.

Keeps no file open.
"""

from __future__ import annotations

import contextlib
import ssl
import tomllib
from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import structlog

from special_channel.broker.identity import Identity, KeyRing
from special_channel.config import PinSection, Settings, environment
from special_channel.core.bytes.errors import ChannelError, Malformed, NotFound
from special_channel.core.bytes.ids import PARTIES, MachineRole, Party
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.entries import SHARED_KINDS
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.charter_calendars import CharterCalendar
from special_channel.core.rows.writing import Signer
from special_channel.core.rules.judge_context import Pin
from special_channel.core.rules.releases import adopted, newest, release_id
from special_channel.core.time.calendars import Calendar, CalendarRelease, parse_release
from special_channel.core.time.due import Calendars
from special_channel.core.time.ladder import Ladder, parse_ladder
from special_channel.core.time.routes import Routes, parse_routes
from special_channel.desk.founding import REGISTRAR_FILES
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.sealing import Ask, passphrase_in
from special_channel.desk.text_templates import Templates, parse_templates
from special_channel.link.trust import PinnedLinkKey

log = structlog.get_logger(__name__)


def identity(settings: Settings) -> Identity:
    """Read the node's signing keys.

    Raises:
        NotFound: `key-file-missing`.
        Malformed: `key-file-malformed`, `key-file-open`.
    """
    pins = {party: Pin(party, pin.origin, pin.root) for party, pin in settings.pins.items()}
    roles: tuple[MachineRole, ...] = ("node", "checkpoint", "cosigning")
    return identity_of(settings, pins, {role: key_file(settings, role) for role in roles})


def identity_of(
    settings: Settings, pins: Mapping[Party, Pin], keys: Mapping[MachineRole, KeyFile]
) -> Identity:
    """Make the node's identity of its signing keys."""
    return Identity(
        party=settings.node.party,
        private_origin=settings.node.private_origin,
        pins=pins,
        node=keys["node"].signer,
        checkpoint=key_ring(settings, "checkpoint", keys["checkpoint"].private),
        cosigning=key_ring(settings, "cosigning", keys["cosigning"].private),
        cosigning_name=keys["cosigning"].name,
    )


def key_ring(settings: Settings, role: MachineRole, first: PrivateKey) -> KeyRing:
    """Return a machine's keys: `ROLE.json`, and every `ROLE-….json` next to it or in credentials.

    Keys that a succession ended stay there, and so does the next one once it is taken from the
    safe.
    """
    prepared = PreparedKeys(settings, role)
    return KeyRing(first, lambda: [key.private for key in prepared.read()])


def link_keys(settings: Settings) -> list[Signer]:
    """Return all link keys with a file, `link.json` and `link-….json`."""
    prepared = PreparedKeys(settings, "link").read()
    return [key_file(settings, "link").signer, *(key.signer for key in prepared)]


class PreparedKeys:
    """The files `ROLE-….json` of a machine: credentials of systemd, then those of keys' folder.

    A file is read again only once it is another, since a sealed one takes half a second.
    """

    def __init__(self, settings: Settings, role: MachineRole) -> None:
        self._settings = settings
        self._role = role
        self._read: dict[Path, tuple[tuple[int, int, int], KeyFile | None]] = {}

    def read(self) -> list[KeyFile]:
        """Read the keys; files that can't be read are logged and left out."""
        found = [self._key(path, closed) for path, closed in self._files()]
        return [key for key in found if key is not None]

    def _files(self) -> Iterator[tuple[Path, int]]:
        """Yield each file, with the mode bits that it must not have."""
        name, credentials = f"{self._role}-*.json", environment().credentials
        if credentials:
            yield from ((path, CREDENTIAL_CLOSED) for path in sorted(credentials.glob(name)))
        yield from ((path, FILE_CLOSED) for path in sorted(self._settings.node.keys.glob(name)))

    def _key(self, path: Path, closed: int) -> KeyFile | None:
        try:
            state = path.stat()
        except OSError:
            return None  # taken away at this moment
        seen = (state.st_mtime_ns, state.st_size, state.st_mode)
        before, key = self._read.get(path, (None, None))
        if before != seen:
            key = self._open(path, closed)
            self._read[path] = (seen, key)
        return key

    def _open(self, path: Path, closed: int) -> KeyFile | None:
        try:
            return KeyFile.read(path, _passphrase(self._settings), closed=closed)
        except ChannelError as error:
            # It may be written at this moment; a key that is needed and absent is refused by name.
            log.warning("keys.unreadable", file=path.name, problem=error.code)
            return None


def pinned_identity(settings: Settings) -> Identity:
    """Read the node's signing keys; require pins of both parties' roots.

    Raises:
        NotFound: `key-file-missing`.
        Malformed: `settings-malformed` without a pin; `key-file-malformed`, `key-file-open`.
    """
    for party in PARTIES:
        if party not in settings.pins:
            raise Malformed("settings-malformed", "A setting is wrong.", setting=f"pins.{party}")
    return identity(settings)


def key_file(settings: Settings, role: str) -> KeyFile:
    """Read one of our party's key files: a systemd credential, else a file of the keys' folder.

    Raises:
        NotFound: `key-file-missing`.
        Malformed: `key-file-malformed`, `key-file-open`, `key-file-sealed`, `passphrase-wrong`,
            `passphrase-needed`.
    """
    ask = _passphrase(settings)
    credentials = environment().credentials
    passed = credentials / f"{role}.json" if credentials else None
    if passed is not None and passed.is_file():
        return KeyFile.read(passed, ask, closed=CREDENTIAL_CLOSED)
    return KeyFile.read(settings.node.keys / f"{role}.json", ask)


CREDENTIAL_CLOSED: Final = 0o007
"""Mode bits that a credential must not have. systemd admits the service's user by an access list,
whose mask the kernel shows as the group's bits; the folder itself admits nobody else."""

FILE_CLOSED: Final = 0o077
"""Mode bits that a file in the keys' folder must not have."""


def _passphrase(settings: Settings) -> Ask | None:
    file = settings.node.passphrase_file
    if file is None:
        return None
    in_credentials = environment().credentials == file.parent
    closed = CREDENTIAL_CLOSED if in_credentials else FILE_CLOSED
    return lambda _name: passphrase_in(file, closed=closed)


def registrars(settings: Settings) -> tuple[Signer, ...]:
    """Return both founding registrars' keys in a demonstration; none in any other node."""
    if not settings.demo.confirm_codes:
        return ()
    return tuple(key_file(settings, name).signer for name in REGISTRAR_FILES)


def pinned_link_key(party: Party, pin: PinSection) -> PinnedLinkKey:
    """Read a party's first link key: `ed25519:` and base64.

    Raises:
        Malformed: `settings-malformed`, `key-malformed`, `key-weak`.
    """
    suite, _, public = pin.link.partition(":")
    try:
        return PinnedLinkKey(party, suite, b64decode(public, validate=True))
    except ValueError as error:
        setting = f"pins.{party}.link"
        raise Malformed("settings-malformed", "A setting is wrong.", setting=setting) from error


def calendars(folder: Path) -> dict[Party, Calendar]:
    """Read the newest calendar releases of a folder and merge them by side.

    Raises:
        NotFound: `calendar-missing`.
        Malformed: `calendar-malformed`.
    """
    by_party = newest(releases(folder))
    for party in PARTIES:
        if party not in by_party:
            raise NotFound("calendar-missing", "A side has no calendar.", side=party)
    return by_party


def releases(folder: Path) -> list[CalendarRelease]:
    """Read every calendar release of a folder.

    Raises:
        Malformed: `calendar-malformed`, `file-not-toml`.
    """
    return [parse_release(_toml(file)) for file in sorted(folder.glob("*.toml"))]


class CalendarFiles:
    """Calendar releases in files, looked up by a charter's adopted calendars.

    A new release is a new file; it takes effect, without a restart, once a charter adopts the
    release. Releases uploaded by a registrar are stored in a second folder, `uploads`.
    """

    def __init__(self, folder: Path, uploads: Path | None = None) -> None:
        self._folder, self._uploads = folder, uploads
        self._releases = releases(folder)
        self._cache: dict[tuple[CharterCalendar, ...], Calendars] = {}
        self._missing: dict[tuple[CharterCalendar, ...], tuple[object, ...]] = {}

    def adopted(self, charter: Charter) -> Calendars | None:
        """Return a charter's calendars; None while the folders lack one of their releases.

        Raises:
            Malformed: As `releases`.
        """
        if charter.calendars not in self._cache:
            result = adopted(charter, self._releases)
            if result is None:
                # Each page asks; the files are read again only once one of them is another.
                files = self._files()
                if self._missing.get(charter.calendars) == files:
                    return None
                self._missing[charter.calendars] = files
                self._releases = releases(self._folder)
                # Without uploads first: a charter without a list of releases means the newest here.
                result = adopted(charter, self._releases) or adopted(charter, self.held())
            if result is None:
                return None
            self._cache[charter.calendars] = result
        return self._cache[charter.calendars]

    def _files(self) -> tuple[object, ...]:
        """Return name, time and size of each file in both folders."""
        folders = (self._folder, *(() if self._uploads is None else (self._uploads,)))
        states: list[object] = []
        for file in sorted(file for folder in folders for file in folder.glob("*.toml")):
            with contextlib.suppress(OSError):  # it is being replaced
                state = file.stat()
                states.append((file, state.st_mtime_ns, state.st_size))
        return tuple(states)

    def held(self) -> list[CalendarRelease]:
        """Read the releases of both folders.

        Raises:
            Malformed: As `releases`.
        """
        uploads = releases(self._uploads) if self._uploads is not None else []
        return [*releases(self._folder), *uploads]

    def keep(self, release: CalendarRelease, text: bytes) -> None:
        """Store a release's file, unless a release with the same digest is stored.

        Raises:
            Malformed: As `releases`.
        """
        if release.digest in {stored.digest for stored in self.held()}:
            return
        assert self._uploads is not None  # noqa: S101 - own bug: a node has the folder
        self._uploads.mkdir(parents=True, exist_ok=True)
        file = self._uploads / f"{release_id(release)}-{release.digest[:16]}.toml"
        part = file.with_suffix(".part")
        part.write_bytes(text.removeprefix(BOM_UTF8))
        part.replace(file)


def ladder(file: Path) -> Ladder:
    """Read our side's ladder.

    Raises:
        Malformed: `ladder-malformed`.
    """
    return parse_ladder(_toml(file))


def routes(file: Path, party: Party) -> Routes:
    """Read our side's sign-off routes.

    Raises:
        Malformed: `routes-malformed`.
    """
    return parse_routes(_toml(file), party, SHARED_KINDS)


def templates(file: Path, party: Party) -> Templates:
    """Read our side's templates.

    Raises:
        Malformed: `templates-malformed`.
    """
    return parse_templates(_toml(file), party)


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed("file-not-toml", "A file is not TOML.", file=file.name) from error
    except OSError as error:
        raise NotFound("settings-missing", "A file can't be read.", file=file.name) from error


def peer_tls(settings: Settings) -> ssl.SSLContext | None:
    """Return an SSL context that trusts only the peer's pinned authority; None without a pin."""
    if settings.link.ca is None:
        return None
    return ssl.create_default_context(cafile=str(settings.link.ca))
