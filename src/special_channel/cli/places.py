"""Node address, key and trust file, from the common options.

`eu` and `cn` stand for the demonstration's nodes, at the addresses in the data folder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from special_channel.cli.files import read_file
from special_channel.cli.passphrases import asking
from special_channel.core.audit.trust import Trust
from special_channel.core.audit.trust import parse as parse_trust
from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.desk.keyfile import KeyFile

PORTS: Final[dict[Party, int]] = {"eu": 8701, "cn": 8702}
"""Default ports of ./run."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node's address, the signing key, and the trust file for checkpoints."""

    url: str
    key: KeyFile | None
    trust: Trust | None


def place(node: str, key_file: Path | None, trust_file: Path | None, data: Path) -> Place:
    """Resolve the options. Without `--node`, use the node of the key's side.

    Raises:
        Malformed: `node-unknown`, the codes of key and trust files.
        NotAllowed: `key-file-needed`.
        NotFound: `key-file-missing`, `file-unreadable` of a trust file.
    """
    key = KeyFile.read(_key_path(key_file, data), asking()) if key_file else None
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
    """Expand `eu-desk-1` to `var/keys/eu-desk-1.json`."""
    short = data / "keys" / f"{given.name}.json"
    return short if not given.exists() and given.parent == Path() and short.exists() else given


def _demo_trust(url: str, data: Path) -> Path | None:
    """Return the demonstration's trust file, for its nodes only."""
    file = data / "trust.json"
    return file if url in _demo_addresses(data).values() and file.is_file() else None
