"""The fingerprint of a key, as its holder reads it aloud (docs/formats/entry.md, "Keys")."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

from special_channel.core.entries.directory import PersonKey


def fingerprint(key: PersonKey) -> str:
    """Return SHA-256 of suite, a zero byte and key, in 64 hex digits."""
    return sha256(key.suite.encode() + b"\x00" + b64decode(key.public)).hexdigest()
