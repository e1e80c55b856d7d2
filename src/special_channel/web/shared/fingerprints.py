"""The fingerprint of a key, as its holder reads it aloud (docs/formats/entry.md, "Keys")."""

from __future__ import annotations

from base64 import b64decode

from special_channel.core.bytes import suites
from special_channel.core.entries.directory import Machine, PersonKey


def fingerprint(key: PersonKey | Machine) -> str:
    """Return SHA-256 of suite, a zero byte and key, in 64 hex digits."""
    return suites.fingerprint(key.suite, b64decode(key.public))
