"""Logs that a reader of a running node trusts: their keys, from the reader's pins.

The node hands out its directories; what they prove follows from the trust file alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from special_channel.core.audit.chain import checkpoint_keys
from special_channel.core.audit.trust import Trust
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rows.log_keys import LogKeys

if TYPE_CHECKING:
    from special_channel.cli.client import Node


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """Origin of a log, and the keys of its checkpoints."""

    origin: str
    keys: LogKeys


TrustedLogs = Mapping[Party, TrustedLog]


async def trusted_logs(node: Node, trust: Trust) -> TrustedLogs:
    """Read the directories of a node and follow each from the reader's pin.

    Raises:
        BadSignature: `root-untrusted`, and the codes of `suites.verify`.
        Malformed: As `checkpoint_keys`.
    """
    directory = await node.get("/api/directory")
    logs: dict[Party, TrustedLog] = {}
    for party, trusted in trust.parties.items():
        entries = [
            (Position.parse(str(item["position"])).index, str(item["envelope"]).encode())
            for item in directory[party]
        ]
        logs[party] = TrustedLog(trusted.origin, checkpoint_keys(trusted, entries))
    return logs
