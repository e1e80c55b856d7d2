"""What a node asks before a checkpoint or cosigning key takes another's place (docs/rules.md, K31).

A process without the new key could sign nothing from then on, so the act is refused while one runs.
Does not judge the succession: the judge does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.entries import Entry, MachineEnrolled
from special_channel.core.rows.directory import decoded_key
from special_channel.ports import Transaction
from special_channel.stores import key_holders

SUCCEEDED: Final = frozenset({"checkpoint", "cosigning"})
"""Roles with one key at a time, which every process signs with."""


async def check_holders(transaction: Transaction, entry: Entry, now: datetime) -> None:
    """Refuse a succession while a running process of this node lacks the new key.

    Raises:
        Unavailable: `checkpoint-key-absent`.
    """
    if not isinstance(entry, MachineEnrolled) or entry.body.role not in SUCCEEDED:
        return
    key = suites.key_id(party_of(entry.by), entry.body.suite, decoded_key(entry.body.public))
    refuse_absent(key, await key_holders.without(transaction, key, now))


def refuse_absent(key: KeyId, processes: Sequence[str]) -> None:
    """Refuse a key that some processes lack.

    Raises:
        Unavailable: `checkpoint-key-absent`.
    """
    if processes:
        raise Unavailable(
            "checkpoint-key-absent",
            "A running process has no file of the new key.",
            key=key,
            processes="; ".join(processes),
        )
