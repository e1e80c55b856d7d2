"""Helpers of tests of damaged records: a node with a check's findings."""

from __future__ import annotations

from dataclasses import dataclass, field

from special_channel.ports.damage import CheckState
from special_channel.stores.damage import DamageBook
from special_channel.wiring.checking import record_check
from tests.web.pages_node import PagesNode


@dataclass
class Known:
    """The node's state of damage."""

    state: CheckState = field(default_factory=CheckState)

    def __call__(self) -> CheckState:
        return self.state


async def check(pages: PagesNode, known: Known) -> None:
    """Let a pass of the check find the damage."""

    async def at_once(_many: int) -> None:
        return

    node = pages.node
    await record_check(node.record, node.identity, node.clock).run(at_once)
    known.state = await DamageBook(node.record.pool).state()
