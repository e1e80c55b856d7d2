"""What tests of damaged records share: a node that knows what a check found."""

from __future__ import annotations

from dataclasses import dataclass, field

from special_channel.ports.damage import CheckState
from special_channel.stores.damage import PostgresDamage
from special_channel.wiring.checking import record_check
from tests.web.pages_node import PagesNode


@dataclass
class Known:
    """What the node knows of damage."""

    state: CheckState = field(default_factory=CheckState)

    def __call__(self) -> CheckState:
        return self.state


async def check(pages: PagesNode, known: Known) -> None:
    """Let a pass of the check find what is damaged."""

    async def at_once(_many: int) -> None:
        return

    node = pages.node
    await record_check(node.record, node.identity, node.clock).run(at_once)
    known.state = await PostgresDamage(node.record.pool).state()
