"""Looks at questions of both logs are planned together, after a change of either log."""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.escalation.worker import Worker
from special_channel.stores.work import Look, Looks
from tests.escalation.bureau import altered
from tests.link.nodes import until


class NotedLooks(Looks):
    """Notes which looks are planned at a time."""

    planned: list[list[Look]]

    async def plan(self, looks: Sequence[Look], *, afresh: bool = False) -> None:
        self.planned.append([*looks])
        await super().plan(looks, afresh=afresh)


async def test_changes_of_both_logs_are_planned_at_a_time(story, waiting):
    looks = NotedLooks(waiting.node.record.pool)
    looks.planned = []
    planner = Worker(altered(waiting.house, looks=looks)).planner
    await planner.follow()
    looks.planned.clear()
    own = await story.ask("eu", story.in_(3600))
    theirs = await story.ask("cn", story.in_(7200))
    await story.delivered()

    async def cosigned() -> bool:
        heads = await waiting.node.record.heads()
        return all(head.cosigned == head.size for head in heads.values())

    await until(waiting.node, cosigned)
    await planner.follow()
    [together] = looks.planned
    assert {look.ask for look in together} == {own, theirs}
    # Ours may have been delivered too late: it is looked at now, an hour before it is due.
    [at] = [look.at for look in together if look.ask == own]
    assert at == waiting.clock.now()
    await planner.follow()
    assert looks.planned == [together], "nothing changed since"
