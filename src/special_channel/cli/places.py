"""Which node, whose key, what is trusted: from the options to what a command works with.

`eu` and `cn` stand for the demonstration's nodes; its data folder says where they listen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from special_channel.cli.typed import read_file
from special_channel.core.audit.trust import Trust
from special_channel.core.audit.trust import parse as parse_trust
from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.desk.keyfile import KeyFile

PORTS: Final[dict[Party, int]] = {"eu": 8701, "cn": 8702}
"""Where ./run serves unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node's address, the key that signs, and what heads are checked against."""

    url: str
    key: KeyFile | None
    trust: Trust | None


def place(node: str, key_file: Path | None, trust_file: Path | None, data: Path) -> Place:
    """Resolve the options. Without `--node` it is the own side's, by the key.

    Raises:
        Malformed: `node-unknown`, the codes of key and trust files.
        NotAllowed: `key-file-needed`.
        NotFound: `key-file-missing`, `file-unreadable` of a trust file.
    """
    key = KeyFile.read(_key_path(key_file, data)) if key_file else None
    if not node and key is None:
        raise NotAllowed("key-file-needed", "Name a key file by --as.")
    url = address(node or (key.party if key else ""), data)
    trusted = trust_file or _demo_trust(url, data)
    return Place(url, key, parse_trust(read_file(trusted)) if trusted else None)


def address(node: str, data: Path) -> str:
    """Return a node's web address.

    Raises:
        Malformed: `node-unknown`.
    """
    if node.startswith(("http://", "https://")):
        return node.rstrip("/")
    for party in PARTIES:
        if node == party:
            return _demo_addresses(data).get(party, f"http://localhost:{PORTS[party]}")
    raise Malformed("node-unknown", "A node is eu, cn or a web address.", node=node[:80])


def _demo_addresses(data: Path) -> dict[str, str]:
    try:
        content = json.loads((data / "nodes.json").read_text(encoding="utf-8"))
        return {party: str(content[party]) for party in PARTIES}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _key_path(given: Path, data: Path) -> Path:
    """Let `eu-desk-1` stand for `var/keys/eu-desk-1.json`."""
    short = data / "keys" / f"{given.name}.json"
    return short if not given.exists() and given.parent == Path() and short.exists() else given


def _demo_trust(url: str, data: Path) -> Path | None:
    """The demonstration's trust file says nothing of any other node."""
    file = data / "trust.json"
    return file if url in _demo_addresses(data).values() and file.is_file() else None
